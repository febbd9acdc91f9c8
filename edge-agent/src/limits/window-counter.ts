/**
 * How much was used over a sliding window. Two counters stand for the window: the part of the last one that it still
 * covers counts in proportion.
 */
export class WindowCounter {
  readonly #windowMs: number;
  #startMs = 0;
  #before = 0;
  #now = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get windowMs(): number {
    return this.#windowMs;
  }

  used(nowMs: number): number {
    this.#slide(nowMs);
    return this.#before * (1 - (nowMs - this.#startMs) / this.#windowMs) + this.#now;
  }

  add(amount: number, nowMs: number): void {
    this.#slide(nowMs);
    this.#now += amount;
  }

  /** Until no more than `most` is in use, if nothing is added meanwhile. At least 1. */
  waitMs(most: number, nowMs: number): number {
    this.#slide(nowMs);
    const intoWindowMs = nowMs - this.#startMs;
    const room = most - this.#now;
    if (room >= 0 && this.#before > 0) {
      const passed = Math.max(0, 1 - room / this.#before);
      return Math.max(1, Math.ceil(this.#windowMs * passed - intoWindowMs));
    }
    const restMs = this.#windowMs - intoWindowMs;
    const share = this.#now > 0 ? Math.max(0, Math.min(1, 1 - most / this.#now)) : 0;
    return Math.max(1, Math.ceil(restMs + this.#windowMs * share));
  }

  #slide(nowMs: number): void {
    const startMs = nowMs - (nowMs % this.#windowMs);
    if (this.#startMs === startMs) return;
    this.#before = startMs - this.#startMs === this.#windowMs ? this.#now : 0;
    this.#now = 0;
    this.#startMs = startMs;
  }
}
