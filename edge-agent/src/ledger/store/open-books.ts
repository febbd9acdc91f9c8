import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type ChainPoint, Meta } from './meta.ts';
import { type Db, openWriter } from './open-database.ts';
import { ChainBroken, verifyTail } from './verify-tail.ts';

export interface Books {
  readonly db: Db;
  readonly meta: Meta;
  readonly head: ChainPoint;
  /** Where the former books went, and why; undefined: they are whole. */
  readonly setAside: { readonly path: string; readonly reason: string } | undefined;
}

/**
 * Opens the file and checks its tail. Books that cannot be trusted are moved aside, never deleted, and empty ones
 * with a new incarnation take their place, so that the node serves.
 */
export function openBooks(dataDir: string, nowMs: number, maxPages: number | undefined): Books {
  const path = ledgerPath(dataDir);
  try {
    if (existsSync(markPath(dataDir))) throw new FoundCorrupt();
    return { ...openChecked(path, maxPages), setAside: undefined };
  } catch (error) {
    if (!isCorruption(error)) throw error;
    const aside = setAside(path, nowMs);
    rmSync(markPath(dataDir), { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    return { ...openChecked(path, maxPages), setAside: { path: aside, reason } };
  }
}

/** So that the next start sets the books aside, whatever part of them is corrupt. */
export function markCorrupt(dataDir: string): void {
  writeFileSync(markPath(dataDir), '');
}

export function ledgerPath(dataDir: string): string {
  return join(dataDir, 'ledger.db');
}

export function isCorruption(error: unknown): boolean {
  if (error instanceof ChainBroken || error instanceof FoundCorrupt) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

class FoundCorrupt extends Error {
  constructor() {
    super('a part of the ledger could not be read while the node was running');
  }
}

function markPath(dataDir: string): string {
  return join(dataDir, 'ledger.corrupt');
}

function openChecked(path: string, maxPages: number | undefined): { db: Db; meta: Meta; head: ChainPoint } {
  const db = openWriter(path, maxPages);
  try {
    const meta = new Meta(db);
    meta.incarnation();
    const head = verifyTail(db, meta);
    meta.setVerifiedTo(head.seq);
    return { db, meta, head };
  } catch (error) {
    db.close();
    throw error;
  }
}

function setAside(path: string, nowMs: number): string {
  let aside = `${path}.corrupt-${nowMs}`;
  for (let again = 1; existsSync(aside); again += 1) aside = `${path}.corrupt-${nowMs}-${again}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}
