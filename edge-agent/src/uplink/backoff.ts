const firstMs = 1_000;
const longestMs = 60_000;

/**
 * Waits between tries that fail: a random time up to twice as long as the last bound, from 1 s to 60 s, so that a
 * thousand nodes never come back at once. A wait that the other side asked for is kept, and spread as well.
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  nextMs(retryAfterMs: number | null = null): number {
    const bound = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    const jitter = this.#random() * bound;
    return Math.round(retryAfterMs === null ? jitter : retryAfterMs + jitter);
  }

  reset(): void {
    this.#failures = 0;
  }
}
