import Database from 'better-sqlite3';
import { Meta } from '../store/meta.ts';
import { ledgerPath } from '../store/open-books.ts';
import { ChainReader } from '../store/verify-tail.ts';

/** Runs one query on the file of books that may be open. */
export function readBooks(dataDir: string, sql: string): Record<string, unknown>[] {
  const db = new Database(ledgerPath(dataDir), { readonly: true });
  try {
    return db.prepare<[], Record<string, unknown>>(sql).all();
  } finally {
    db.close();
  }
}

/** Changes the file behind the back of the books, which must be closed. */
export function tamper(dataDir: string, sql: string): void {
  const db = new Database(ledgerPath(dataDir));
  db.exec(sql);
  db.close();
}

/** Recomputes the whole chain that is kept; throws where it breaks; returns the head's seq. */
export function verifyBooks(dataDir: string): number {
  const db = new Database(ledgerPath(dataDir), { readonly: true });
  try {
    const base = new Meta(db).base();
    const head = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? base.seq;
    return new ChainReader(db).verify(base, head).seq;
  } finally {
    db.close();
  }
}
