import Database from 'better-sqlite3';
import { LedgerFailed } from '../ledger-failed.ts';
import { addHistogramFunctions } from './histogram-functions.ts';
import { migrations } from './schema.ts';

export type Db = Database.Database;

/** 3.51.3 fixed a bug that could corrupt a WAL database when the log was reset. */
const oldestSqlite = [3, 51, 3] as const;

/**
 * The one connection that writes. Invariant: it runs WAL with `synchronous=FULL`, or it does not run; the
 * library's own default for WAL is NORMAL, which loses acknowledged rows at a power cut.
 */
export function openWriter(path: string, maxPages: number | undefined): Db {
  const db = new Database(path, { timeout: 2000 });
  try {
    assertVersion(db);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    // The folding thread comes long before; this is for when it cannot.
    db.pragma('wal_autocheckpoint = 16000');
    db.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
    db.pragma('cache_size = -16000');
    if (maxPages !== undefined) db.pragma(`max_page_count = ${maxPages}`);
    assertDurable(db);
    migrate(db);
    addHistogramFunctions(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A connection that can only read, for questions. */
export function openReader(path: string): Db {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 });
  db.pragma('query_only = ON');
  db.pragma('cache_size = -8000');
  addHistogramFunctions(db);
  return db;
}

/** A connection that only moves what was committed from the log to the file. */
export function openFolder(path: string): Db {
  const db = new Database(path, { fileMustExist: true, timeout: 2000 });
  db.pragma('synchronous = FULL');
  return db;
}

/** Throws unless the next commit of this connection survives a power cut. */
export function assertDurable(db: Db): void {
  const journal = db.pragma('journal_mode', { simple: true });
  const synchronous = db.pragma('synchronous', { simple: true });
  if (journal !== 'wal' || synchronous !== 2) {
    throw new LedgerFailed(
      'not_durable',
      `the ledger needs journal_mode=wal and synchronous=2; it has ${journal} and ${synchronous}`,
    );
  }
}

function assertVersion(db: Db): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  const parts = version.split('.').map(Number);
  for (const [at, oldest] of oldestSqlite.entries()) {
    const part = parts[at] ?? 0;
    if (part > oldest) return;
    if (part < oldest)
      throw new LedgerFailed('not_durable', `SQLite ${version} can corrupt the ledger; 3.51.3 is the oldest that is safe`);
  }
}

function migrate(db: Db): void {
  const done = Number(db.pragma('user_version', { simple: true }));
  if (done > migrations.length) {
    throw new LedgerFailed('newer', `the ledger has format ${done}; this release knows formats up to ${migrations.length}`);
  }
  for (const [at, sql] of migrations.entries()) {
    if (at < done) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${at + 1}`);
    })();
  }
}
