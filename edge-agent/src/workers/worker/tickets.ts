import type { PrimaryLine } from './primary-line.ts';

/** Numbers under which this worker has something open at the primary. */
export class Tickets {
  readonly #line: PrimaryLine;
  #last = 0;

  constructor(line: PrimaryLine) {
    this.#line = line;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Once; more calls change nothing. */
  closer(ticket: number): () => void {
    let isOpen = true;
    return () => {
      if (isOpen) this.#line.tell({ is: 'leave', ticket });
      isOpen = false;
    };
  }
}
