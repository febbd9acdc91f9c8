import type { ChainPoint, Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { ChainReader } from '../store/verify-tail.ts';

const rowsPerStep = 100;
const rowsPerMark = 5000;
const backlogRows = 20_000;

/**
 * Reads back what was written, some rows behind, while the node runs: what is wrong is found while it is young, and
 * a start after a crash has little left to check. Throws ChainBroken.
 */
export class ReadBack {
  readonly #meta: Meta;
  readonly #reader: ChainReader;
  #verified: ChainPoint;
  #marked: number;

  constructor(db: Db, meta: Meta, head: ChainPoint) {
    this.#meta = meta;
    this.#reader = new ChainReader(db);
    this.#verified = head;
    this.#marked = head.seq;
  }

  isDue(headSeq: number): boolean {
    return headSeq - this.#verified.seq > backlogRows;
  }

  /** Half a millisecond. */
  step(headSeq: number): void {
    const to = Math.min(headSeq, this.#verified.seq + rowsPerStep);
    this.#verified = this.#reader.verify(this.#verified, to);
    if (to - this.#marked < rowsPerMark) return;
    this.#meta.setVerifiedTo(to);
    this.#marked = to;
  }
}
