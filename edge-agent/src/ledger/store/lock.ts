import { join } from 'node:path';
import Database from 'better-sqlite3';
import { LedgerFailed } from '../ledger-failed.ts';

/**
 * Holds `<dataDir>/ledger.lock` until `release` or the end of the process, however it ends: an open write
 * transaction on a small database is a lock of the operating system and leaves nothing behind.
 */
export function lockLedger(dataDir: string): { release(): void } {
  const db = new Database(join(dataDir, 'ledger.lock'), { timeout: 0 });
  try {
    db.exec('CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL)');
    db.prepare('INSERT INTO holder VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET pid = excluded.pid').run(process.pid);
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    const holder = busy ? findHolder(db) : undefined;
    db.close();
    if (!busy) throw error;
    throw new LedgerFailed(
      'locked',
      `the ledger in ${dataDir} is in use by process ${holder ?? 'unknown'}; one node has one data folder`,
    );
  }
  return { release: () => db.close() };
}

function findHolder(db: Database.Database): number | undefined {
  const pid = db.prepare('SELECT pid FROM holder').pluck().get();
  return typeof pid === 'number' ? pid : undefined;
}
