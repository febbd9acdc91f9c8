import type { Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { addExcluded, dimensionNames, sumNames, sumsOverRows } from '../store/sums.ts';
import { preparedDrop } from './day-copies.ts';

/** So few that no settlement waits long behind them; more to catch up. */
const chunkRows = 250;
const mostRows = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Keeps the hourly sums: exactly the rows up to `upTo`, in one transaction with that mark.
 */
export class RollUp {
  readonly #add;
  #upTo: number;

  constructor(db: Db, meta: Meta) {
    this.#upTo = meta.rolledUpTo();
    const insert = db.prepare(
      `INSERT INTO edge_usage_hourly (hour_at_ms, ${dimensionNames}, ${sumNames})
       SELECT ended_at_ms / ${hourMs} * ${hourMs}, ${dimensionNames}, ${sumsOverRows}
       FROM edge_usage_rows WHERE seq > ? AND seq <= ? GROUP BY 1, ${dimensionNames}
       ON CONFLICT DO UPDATE SET ${addExcluded}`,
    );
    const daysOf = `SELECT DISTINCT ended_at_ms / ${dayMs} * ${dayMs} FROM edge_usage_rows WHERE seq > ? AND seq <= ?`;
    const dropCopies = preparedDrop(db, `day_at_ms IN (${daysOf})`);
    this.#add = db.transaction((from: number, to: number) => {
      insert.run(from, to);
      dropCopies(from, to);
      meta.setRolledUpTo(to);
    });
  }

  get upTo(): number {
    return this.#upTo;
  }

  isDue(headSeq: number): boolean {
    return headSeq - this.#upTo >= chunkRows;
  }

  /** One chunk; false when nothing is left to add. */
  addChunk(headSeq: number): boolean {
    if (this.#upTo >= headSeq) return false;
    const to = Math.min(headSeq, this.#upTo + Math.min(mostRows, Math.max(chunkRows, (headSeq - this.#upTo) >> 3)));
    this.#add(this.#upTo, to);
    this.#upTo = to;
    return to < headSeq;
  }
}
