/** Short enough to follow a working day, long enough that one burst does not fetch an hour of its own. */
const memoryMs = 600_000;
/** A smaller one takes the place of the largest request after this long; where none comes, it is remembered for a day. */
const largestMs = 600_000;
const rememberedMs = 24 * 3_600_000;

/** How much of a window is asked for here: what its slice should hold, so that nobody waits for the centre. */
export class Demand {
  #sum = 0;
  #sumAtMs = 0;
  #largest = 0;
  #largestAtMs = 0;
  #peak = 0;
  #peakAtMs = 0;
  lastAtMs: number;

  /** `held`: what an earlier process thought right to hold. */
  constructor(held: number, nowMs: number) {
    this.#largest = Math.ceil(held / 2);
    this.#largestAtMs = nowMs;
    this.lastAtMs = nowMs;
  }

  /** A request holds `amount`; with it, all together hold `held`. */
  wanted(amount: number, held: number, nowMs: number): void {
    this.lastAtMs = nowMs;
    if (amount >= this.#largest || nowMs - this.#largestAtMs > largestMs) {
      this.#largest = amount;
      this.#largestAtMs = nowMs;
    }
    if (held >= this.#peak || nowMs - this.#peakAtMs > largestMs) {
      this.#peak = held;
      this.#peakAtMs = nowMs;
    }
  }

  used(amount: number, nowMs: number): void {
    this.#fade(nowMs);
    this.#sum += amount;
  }

  /** What may be needed within `coverMs`, for as many requests at once as there were, and two large ones besides. */
  target(coverMs: number, nowMs: number): number {
    this.#fade(nowMs);
    const largest = nowMs - this.#largestAtMs > rememberedMs ? 0 : this.#largest;
    const peak = nowMs - this.#peakAtMs > rememberedMs ? 0 : this.#peak;
    return Math.min(Number.MAX_SAFE_INTEGER, Math.ceil((this.#sum / memoryMs) * coverMs) + 2 * largest + peak);
  }

  #fade(nowMs: number): void {
    const awayMs = Math.max(0, nowMs - this.#sumAtMs);
    this.#sum *= Math.exp(-awayMs / memoryMs);
    this.#sumAtMs = nowMs;
  }
}
