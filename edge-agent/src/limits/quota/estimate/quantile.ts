const foldAt = 1_024;
const enough = 20;

/** A high quantile of a stream of positive numbers, from a few counters; what is long ago fades. */
export class Quantile {
  readonly #lowest: number;
  readonly #stepsPerDoubling: number;
  readonly #counts: Uint16Array;
  #total = 0;

  /** Tells apart values from `lowest` to `lowest * 2 ** doublings`. */
  constructor(lowest: number, doublings: number, stepsPerDoubling: number) {
    this.#lowest = lowest;
    this.#stepsPerDoubling = stepsPerDoubling;
    this.#counts = new Uint16Array(doublings * stepsPerDoubling + 1);
  }

  add(value: number): void {
    const step = Math.ceil(Math.log2(Math.max(value, this.#lowest) / this.#lowest) * this.#stepsPerDoubling);
    const at = Math.min(step, this.#counts.length - 1);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
    if (this.#total >= foldAt) this.#fold();
  }

  /** Never below what `part` of the values were; undefined while too few are known. */
  of(part: number): number | undefined {
    if (this.#total < enough) return undefined;
    let left = this.#total * (1 - part);
    for (let at = this.#counts.length - 1; at >= 0; at -= 1) {
      left -= this.#counts[at] ?? 0;
      if (left < 0) return this.#lowest * 2 ** (at / this.#stepsPerDoubling);
    }
    return this.#lowest;
  }

  #fold(): void {
    this.#total = 0;
    for (const [at, count] of this.#counts.entries()) {
      const half = count >> 1;
      this.#counts[at] = half;
      this.#total += half;
    }
  }
}
