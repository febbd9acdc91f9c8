/** What was used between two moments that lie close together. */
interface Span {
  readonly firstMs: number;
  lastMs: number;
  amount: number;
}

const spansPerWindow = 32;

/**
 * How much was used over a sliding window. Uses that lie close together are remembered as one, which leaves the window
 * with the last of them: never more than a limit fits into any window, and little is held against anybody for too long.
 */
export class WindowCounter {
  readonly windowMs: number;
  readonly #spanMs: number;
  readonly #spans: Span[] = [];
  #sum = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
    this.#spanMs = windowMs / spansPerWindow;
  }

  used(nowMs: number): number {
    for (let first = this.#spans[0]; first && first.lastMs + this.windowMs <= nowMs; first = this.#spans[0]) {
      this.#sum -= first.amount;
      this.#spans.shift();
    }
    return this.#sum;
  }

  add(amount: number, nowMs: number): void {
    if (amount === 0) return;
    this.used(nowMs);
    this.#sum += amount;
    const last = this.#spans.at(-1);
    if (!last || nowMs - last.firstMs >= this.#spanMs) this.#spans.push({ firstMs: nowMs, lastMs: nowMs, amount });
    else {
      last.lastMs = Math.max(last.lastMs, nowMs);
      last.amount += amount;
    }
  }

  /** Until no more than `most` is in use, if nothing is added meanwhile. At least 1. */
  waitMs(most: number, nowMs: number): number {
    let left = this.used(nowMs);
    let untilMs = nowMs;
    for (const { lastMs, amount } of this.#spans) {
      if (left <= most) break;
      left -= amount;
      untilMs = lastMs + this.windowMs;
    }
    return Math.max(1, untilMs - nowMs);
  }
}
