const busyPerSecond = 2000;
const floorMs = 1;
const windowMs = 100;

/**
 * When to commit: at once, for what queued during the last commit makes a batch by itself; only above 2,000
 * records a second commits are held 1 ms apart, which halves the number of flushes and costs nobody a millisecond more.
 */
export class Pace {
  #windowStartMs = 0;
  #inWindow = 0;
  #perSecond = 0;
  #lastCommitMs = 0;

  /** Milliseconds to wait before the next commit. */
  waitMs(nowMs: number): number {
    if (this.#perSecond < busyPerSecond) return 0;
    return Math.max(0, Math.min(floorMs, this.#lastCommitMs + floorMs - nowMs));
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
