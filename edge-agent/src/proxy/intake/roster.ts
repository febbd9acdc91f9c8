/** What a roster holds knows where it stands in it; the roster alone sets that. */
export interface Listed {
  place: number;
}

/**
 * A set of what comes and goes with requests. A `Set` that does so all the time leaves old tables behind that hold each
 * other and whatever they held, so that requests long over live until the whole heap is collected.
 */
export class Roster<T extends Listed> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** Once for each. */
  add(one: T): void {
    one.place = this.#all.length;
    this.#all.push(one);
  }

  delete(one: T): void {
    if (this.#all[one.place] !== one) return;
    const last = this.#all.pop();
    if (last === undefined || last === one) return;
    last.place = one.place;
    this.#all[one.place] = last;
  }

  /** As they stand now: who is told may leave meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return [...this.#all].values();
  }
}
