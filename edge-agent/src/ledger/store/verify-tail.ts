import Database from 'better-sqlite3';
import { nextChain } from './chain.ts';
import { rowColumns, rowText } from './columns.ts';
import type { ChainPoint, Meta } from './meta.ts';
import type { Db } from './open-database.ts';

/** The rows contradict their own hashes, or one is missing. */
export class ChainBroken extends Error {
  constructor(seq: number) {
    super(`the hash chain of the ledger is broken at row ${seq}`);
    this.name = 'ChainBroken';
  }
}

const mostSettled = 50_000;
const mostRows = 200_000;

/**
 * Reads back the rows that are not settled (at most 200,000: older ones are read back before they are sent) or came
 * since the last check (at most 50,000) and recomputes their chain. Returns the head. Throws ChainBroken.
 */
export function verifyTail(db: Db, meta: Meta): ChainPoint {
  const base = meta.base();
  const headSeq = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? base.seq;
  const unchecked = Math.max(Math.min(meta.verifiedTo(), headSeq), headSeq - mostSettled);
  const after = Math.max(base.seq, headSeq - mostRows, Math.min(meta.acked().seq, unchecked));
  return new ChainReader(db).verify(after === base.seq ? base : chainPoint(db, after), headSeq);
}

/** Recomputes the chain from the stored rows. */
export class ChainReader {
  readonly #texts;
  readonly #values;

  constructor(db: Db) {
    this.#texts = db
      .prepare<[number, number], unknown[]>(
        `SELECT seq, chain, ${rowText} FROM edge_usage_rows WHERE seq > ? AND seq <= ? ORDER BY seq`,
      )
      .raw();
    this.#values = db
      .prepare<[number], unknown[]>(`SELECT ${rowColumns.join(', ')}, charges FROM edge_usage_rows WHERE seq = ?`)
      .raw();
  }

  /** Checks the rows behind `from` up to `toSeq`; returns the point at `toSeq`. Throws ChainBroken. */
  verify(from: ChainPoint, toSeq: number): ChainPoint {
    let point = from;
    for (const row of this.read(from, toSeq)) point = row.point;
    if (point.seq !== toSeq) throw new ChainBroken(point.seq + 1);
    return point;
  }

  /** The rows behind `from` up to `toSeq`, each checked before it is given, as the text that was hashed. Throws ChainBroken. */
  *read(from: ChainPoint, toSeq: number): Generator<{ readonly point: ChainPoint; readonly text: string }, void> {
    let point = from;
    try {
      for (const row of this.#texts.iterate(from.seq, toSeq)) {
        const next = this.#follow(point, row);
        yield next;
        point = next.point;
      }
    } catch (error) {
      // A value of a kind that JSON has no words for: nobody wrote that.
      if (error instanceof Database.SqliteError && error.code === 'SQLITE_ERROR') throw new ChainBroken(point.seq + 1);
      throw error;
    }
  }

  #follow(after: ChainPoint, [rowSeq, rowChain, sqlText]: unknown[]): { point: ChainPoint; text: string } {
    const seq = after.seq + 1;
    if (rowSeq !== seq || !Buffer.isBuffer(rowChain)) throw new ChainBroken(seq);
    const point = { seq, chain: rowChain };
    const quick = String(sqlText);
    if (nextChain(after.chain, seq, quick).equals(rowChain)) return { point, text: quick };
    // SQLite writes JSON quickly, but may escape rare characters in its own way; ours is what was hashed.
    const values = this.#values.get(seq) ?? [];
    const text = JSON.stringify(values.at(-1) === null ? values.slice(0, -1) : values);
    if (!nextChain(after.chain, seq, text).equals(rowChain)) throw new ChainBroken(seq);
    return { point, text };
  }
}

/** Throws ChainBroken when there is no such row. */
export function chainPoint(db: Db, seq: number): ChainPoint {
  const chain = db.prepare<[number], Buffer>('SELECT chain FROM edge_usage_rows WHERE seq = ?').pluck().get(seq);
  if (!chain) throw new ChainBroken(seq);
  return { seq, chain };
}

/** The same, or undefined; knows the row before the oldest too. */
export function findChainPoint(db: Db, meta: Meta, seq: number): ChainPoint | undefined {
  const base = meta.base();
  if (seq === base.seq) return base;
  const chain = db.prepare<[number], Buffer>('SELECT chain FROM edge_usage_rows WHERE seq = ?').pluck().get(seq);
  return chain && { seq, chain };
}
