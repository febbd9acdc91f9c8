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

const mostRows = 100_000;

/**
 * Reads back the rows since the last check (at most 100,000) and recomputes their chain. Returns the head.
 * Throws ChainBroken.
 */
export function verifyTail(db: Db, meta: Meta): ChainPoint {
  const base = meta.base();
  const headSeq = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? base.seq;
  const after = Math.max(base.seq, Math.min(meta.verifiedTo(), headSeq), headSeq - mostRows);
  return verifyRange(db, after === base.seq ? base : chainPoint(db, after), headSeq);
}

/** Recomputes the chain behind `from` up to row `toSeq`; returns the point at `toSeq`. Throws ChainBroken. */
export function verifyRange(db: Db, from: ChainPoint, toSeq: number): ChainPoint {
  let { seq, chain } = from;
  const rows = db
    .prepare<[number, number], unknown[]>(
      `SELECT seq, chain, ${rowColumns.join(', ')} FROM edge_usage_rows WHERE seq > ? AND seq <= ? ORDER BY seq`,
    )
    .raw();
  for (const [rowSeq, rowChain, ...values] of rows.iterate(seq, toSeq)) {
    seq += 1;
    chain = nextChain(chain, seq, JSON.stringify(values));
    if (rowSeq !== seq || !Buffer.isBuffer(rowChain) || !chain.equals(rowChain)) throw new ChainBroken(seq);
  }
  if (seq !== toSeq) throw new ChainBroken(seq + 1);
  return { seq, chain };
}

function chainPoint(db: Db, seq: number): ChainPoint {
  const chain = db.prepare<[number], Buffer>('SELECT chain FROM edge_usage_rows WHERE seq = ?').pluck().get(seq);
  if (!chain) throw new ChainBroken(seq);
  return { seq, chain };
}
