import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { SetAside } from '../settling.ts';
import { type ChainPoint, Meta } from './meta.ts';
import { type Db, openWriter } from './open-database.ts';
import { findMark, setAside } from './set-aside.ts';
import { ChainBroken, verifyTail } from './verify-tail.ts';

export interface Books {
  readonly dataDir: string;
  readonly db: Db;
  readonly meta: Meta;
  readonly head: ChainPoint;
  /** Where the former books went, and why; undefined: these are they. */
  readonly setAside: SetAside | undefined;
}

/**
 * Opens the file and checks its tail. Books that cannot be trusted are moved aside, never deleted, and empty ones
 * with a new incarnation take their place, so that the node serves.
 */
export function openBooks(dataDir: string, nowMs: number, maxPages: number | undefined): Books {
  const path = ledgerPath(dataDir);
  const marked = findMark(dataDir);
  if (marked) {
    const former = setAside(path, dataDir, nowMs, marked.mark, marked.reason);
    return { ...openChecked(dataDir, maxPages), setAside: former };
  }
  try {
    return { ...openChecked(dataDir, maxPages), setAside: undefined };
  } catch (error) {
    if (!isCorruption(error)) throw error;
    const former = setAside(path, dataDir, nowMs, 'corrupt', error instanceof Error ? error.message : String(error));
    return { ...openChecked(dataDir, maxPages), setAside: former };
  }
}

export function ledgerPath(dataDir: string): string {
  return join(dataDir, 'ledger.db');
}

export function isCorruption(error: unknown): boolean {
  if (error instanceof ChainBroken) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

function openChecked(dataDir: string, maxPages: number | undefined): Omit<Books, 'setAside'> {
  const db = openWriter(ledgerPath(dataDir), maxPages);
  try {
    const meta = new Meta(db);
    meta.incarnation();
    const head = verifyTail(db, meta);
    meta.setVerifiedTo(head.seq);
    return { dataDir, db, meta, head };
  } catch (error) {
    db.close();
    throw error;
  }
}
