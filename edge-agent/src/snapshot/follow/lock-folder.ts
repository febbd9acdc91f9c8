import { join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Holds the data folder for this process until `close` or its end, however it ends: an open write transaction on a file
 * of its own. So other processes of the node may read `config.db` all the same. Throws SQLITE_BUSY where another holds it.
 */
export function lockFolder(dataDir: string): { close(): void } {
  const db = new Database(join(dataDir, 'config.lock'), { timeout: 1_500 });
  try {
    db.exec('BEGIN IMMEDIATE');
    return { close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}
