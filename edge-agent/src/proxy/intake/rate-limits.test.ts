import { describe, expect, it } from 'vitest';
import { RateLimits } from './rate-limits.ts';

const limit = { requests: 3, windowMs: 1_000 };

describe('a rate limit', () => {
  it('lets the allowed number pass and says when the next one may come', () => {
    const rates = new RateLimits();
    const at = (nowMs: number) => rates.take('key_a', limit, nowMs);
    expect([at(0).ok, at(1).ok, at(2).ok]).toEqual([true, true, true]);
    const refused = at(100);
    expect(refused.ok).toBe(false);
    if (refused.ok) return;
    expect(at(100 + Math.ceil(refused.retryAfterMs) - 2).ok).toBe(false);
    expect(at(100 + Math.ceil(refused.retryAfterMs)).ok).toBe(true);
  });

  it('slides: a burst at the end of one window leaves no room at the start of the next', () => {
    const rates = new RateLimits();
    for (const nowMs of [990, 991, 992]) expect(rates.take('key_a', limit, nowMs).ok).toBe(true);
    expect(rates.take('key_a', limit, 1_010).ok).toBe(false);
    expect(rates.take('key_a', limit, 1_400).ok).toBe(true);
  });

  it('forgets a window that is long past', () => {
    const rates = new RateLimits();
    for (const nowMs of [0, 1, 2]) rates.take('key_a', limit, nowMs);
    for (const nowMs of [5_000, 5_001, 5_002]) expect(rates.take('key_a', limit, nowMs).ok).toBe(true);
  });

  it('of one key is none of another', () => {
    const rates = new RateLimits();
    for (const nowMs of [0, 1, 2]) rates.take('key_a', limit, nowMs);
    expect(rates.take('key_b', limit, 3).ok).toBe(true);
  });

  it('always tells an instant at which it lets one pass', () => {
    for (let seed = 1; seed < 200; seed += 1) {
      const rates = new RateLimits();
      let nowMs = seed * 37;
      for (let step = 0; step < 30; step += 1) {
        nowMs += (seed * 7919 * (step + 1)) % 300;
        const answer = rates.take('key_a', limit, nowMs);
        if (!answer.ok) {
          expect(rates.take('key_a', limit, nowMs + Math.ceil(answer.retryAfterMs) + 1).ok).toBe(true);
          nowMs += Math.ceil(answer.retryAfterMs) + 1;
        }
      }
    }
  });
});
