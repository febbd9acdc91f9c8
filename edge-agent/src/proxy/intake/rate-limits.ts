export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

export type RateAnswer = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

interface Counter {
  windowStartMs: number;
  before: number;
  now: number;
}

const countersAtMost = 200_000;
const free: RateAnswer = { ok: true };

/**
 * Requests per sliding window and key, in memory. Two counters stand for the window: the part of the last one that
 * it still covers counts in proportion. A refused request does not count.
 */
export class RateLimits {
  readonly #counters = new Map<string, Counter>();

  take(keyId: string, limit: RateLimit, nowMs: number): RateAnswer {
    const counter = this.#counterAt(keyId, limit, nowMs);
    const passedShare = (nowMs - counter.windowStartMs) / limit.windowMs;
    const weighed = counter.before * (1 - passedShare) + counter.now;
    if (weighed + 1 <= limit.requests) {
      counter.now += 1;
      return free;
    }
    return { ok: false, retryAfterMs: Math.max(1, waitMs(counter, limit, nowMs)) };
  }

  #counterAt(keyId: string, { windowMs }: RateLimit, nowMs: number): Counter {
    const windowStartMs = nowMs - (nowMs % windowMs);
    const counter = this.#counters.get(keyId);
    if (!counter) {
      this.#makeRoom();
      const fresh = { windowStartMs, before: 0, now: 0 };
      this.#counters.set(keyId, fresh);
      return fresh;
    }
    if (counter.windowStartMs !== windowStartMs) {
      counter.before = windowStartMs - counter.windowStartMs === windowMs ? counter.now : 0;
      counter.now = 0;
      counter.windowStartMs = windowStartMs;
    }
    return counter;
  }

  #makeRoom(): void {
    if (this.#counters.size < countersAtMost) return;
    const oldest = this.#counters.keys().next().value;
    if (oldest !== undefined) this.#counters.delete(oldest);
  }
}

/** Until enough of the counted requests have left the window for one more. */
function waitMs(counter: Counter, limit: RateLimit, nowMs: number): number {
  const intoWindowMs = nowMs - counter.windowStartMs;
  const room = limit.requests - 1 - counter.now;
  if (room >= 0) return limit.windowMs * (1 - room / counter.before) - intoWindowMs;
  const restMs = limit.windowMs - intoWindowMs;
  return restMs + limit.windowMs * (1 - (limit.requests - 1) / counter.now);
}
