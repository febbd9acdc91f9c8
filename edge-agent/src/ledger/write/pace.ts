const windowMs = 100;

/**
 * When to commit: at once, for what queued during the last commit makes a batch by itself; only when records come
 * faster than `busyPerSecond`, commits are held `floorMs` apart, which costs nobody more and spares many flushes.
 */
export class Pace {
  readonly #busyPerSecond: number;
  readonly #floorMs: number;
  #windowStartMs = 0;
  #inWindow = 0;
  #perSecond = 0;
  #lastCommitMs = 0;

  constructor(busyPerSecond: number, floorMs: number) {
    this.#busyPerSecond = busyPerSecond;
    this.#floorMs = floorMs;
  }

  /** Milliseconds to wait before the next commit. */
  waitMs(nowMs: number): number {
    if (this.#perSecond < this.#busyPerSecond) return 0;
    return Math.max(0, Math.min(this.#floorMs, this.#lastCommitMs + this.#floorMs - nowMs));
  }

  committed(nowMs: number, records: number): void {
    this.#lastCommitMs = nowMs;
    this.#inWindow += records;
    const passedMs = nowMs - this.#windowStartMs;
    if (passedMs < windowMs) return;
    this.#perSecond = (this.#inWindow * 1000) / passedMs;
    this.#inWindow = 0;
    this.#windowStartMs = nowMs;
  }
}
