const windowMs = 100;

const fullFloorAt = 8;

/**
 * When to commit: at once, for what queued during the last commit makes a batch by itself; only when records come
 * faster than `busyPerSecond`, commits are held apart, the more the faster they come: `floorMs` at eight times that
 * rate, where it costs nobody more and spares many flushes.
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
    const floorMs = this.#floorMs * Math.min(1, this.#perSecond / (this.#busyPerSecond * fullFloorAt));
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
