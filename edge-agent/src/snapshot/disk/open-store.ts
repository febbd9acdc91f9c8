import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { lockFolder } from '../follow/lock-folder.ts';

export type Sqlite = Database.Database;

/** Another process holds the data folder: two nodes on one ledger would spoil both. */
export class DataDirBusy extends Error {}

const schema = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scope (scope TEXT PRIMARY KEY, digest TEXT NOT NULL, version INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resource (scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS damaged (scope TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_key (scope TEXT NOT NULL, version INTEGER NOT NULL, enc TEXT NOT NULL,
  ciphertext TEXT NOT NULL, PRIMARY KEY (scope, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reject (scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL, body TEXT, PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS undo (apply_no INTEGER NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  rev TEXT, body TEXT, PRIMARY KEY (scope, kind, id, apply_no)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged (scope TEXT NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  upsert TEXT NOT NULL, PRIMARY KEY (scope, place, kind, id)) WITHOUT ROWID;
`;

/**
 * Opens `config.db`, which this process alone writes, as long as it lives. A file that is damaged is
 * set aside, for the control plane holds everything that is in it. Throws DataDirBusy when another node runs here.
 */
export function openStore(dataDir: string, onBroken: (message: string, keptAs: string) => void): Sqlite {
  const lock = holdFolder(dataDir);
  const path = join(dataDir, 'config.db');
  try {
    return releasing(open(path), lock);
  } catch (error) {
    if (!isDamage(error)) {
      lock.close();
      throw error;
    }
    onBroken(error instanceof Error ? error.message : String(error), setAside(path));
    return releasing(open(path), lock);
  }
}

function holdFolder(dataDir: string): { close(): void } {
  try {
    return lockFolder(dataDir);
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new DataDirBusy(`another node runs on ${dataDir}`);
  }
}

/** Whoever closes the store gives the folder up. */
function releasing(db: Sqlite, lock: { close(): void }): Sqlite {
  const close = db.close.bind(db);
  db.close = () => {
    close();
    lock.close();
    return db;
  };
  return db;
}

/** Moves a damaged file and its companions out of the way; gives the new name. */
export function setAside(path: string): string {
  let number = 1;
  while (existsSync(`${path}.broken-${number}`)) number += 1;
  const kept = `${path}.broken-${number}`;
  for (const tail of ['', '-wal', '-shm']) if (existsSync(path + tail)) renameSync(path + tail, kept + tail);
  return kept;
}

/** Is this error SQLite's word for a file that is not, or is no longer, a database? */
export function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

function open(path: string): Sqlite {
  const db = new Database(path, { timeout: 1500 });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.exec(`BEGIN IMMEDIATE; ${schema} DELETE FROM staged; COMMIT;`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
