import { nextChain } from './chain.ts';
import { rowColumns } from './columns.ts';
import type { ChainPoint, Meta } from './meta.ts';
import type { Db } from './open-database.ts';

/** The rows contradict their own hashes, or one is missing. */
export class ChainBroken extends Error {
  constructor(seq: number) {
    super(`the hash chain of the ledger is broken at row ${seq}`);
    this.name = 'ChainBroken';
  }
}

const mostRows = 50_000;

/**
 * Reads back the rows since the last check (at most 50,000) and recomputes their chain. Returns the head.
 * Throws ChainBroken.
 */
export function verifyTail(db: Db, meta: Meta): ChainPoint {
  const base = meta.base();
  const headSeq = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? base.seq;
  const after = Math.max(base.seq, Math.min(meta.verifiedTo(), headSeq), headSeq - mostRows);
  return new ChainReader(db).verify(after === base.seq ? base : chainPoint(db, after), headSeq);
}

/** Recomputes the chain from the stored rows. */
export class ChainReader {
  readonly #texts;
  readonly #values;

  constructor(db: Db) {
    const columns = rowColumns.join(', ');
    this.#texts = db
      .prepare<[number, number], unknown[]>(
        `SELECT seq, chain, json_array(${columns}) FROM edge_usage_rows WHERE seq > ? AND seq <= ? ORDER BY seq`,
      )
      .raw();
    this.#values = db.prepare<[number], unknown[]>(`SELECT ${columns} FROM edge_usage_rows WHERE seq = ?`).raw();
  }

  /** Checks the rows behind `from` up to `toSeq`; returns the point at `toSeq`. Throws ChainBroken. */
  verify(from: ChainPoint, toSeq: number): ChainPoint {
    let point = from;
    for (const row of this.#texts.iterate(from.seq, toSeq)) point = this.#follow(point, row);
    if (point.seq !== toSeq) throw new ChainBroken(point.seq + 1);
    return point;
  }

  #follow(after: ChainPoint, [rowSeq, rowChain, sqlText]: unknown[]): ChainPoint {
    const seq = after.seq + 1;
    if (rowSeq !== seq || !Buffer.isBuffer(rowChain)) throw new ChainBroken(seq);
    if (nextChain(after.chain, seq, String(sqlText)).equals(rowChain)) return { seq, chain: rowChain };
    // SQLite writes JSON quickly, but may escape rare characters in its own way; ours is what was hashed.
    const chain = nextChain(after.chain, seq, JSON.stringify(this.#values.get(seq)));
    if (!chain.equals(rowChain)) throw new ChainBroken(seq);
    return { seq, chain };
  }
}

function chainPoint(db: Db, seq: number): ChainPoint {
  const chain = db.prepare<[number], Buffer>('SELECT chain FROM edge_usage_rows WHERE seq = ?').pluck().get(seq);
  if (!chain) throw new ChainBroken(seq);
  return { seq, chain };
}
