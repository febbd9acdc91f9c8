import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WindowCounter } from './window-counter.ts';

const steps = fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 1,
  maxLength: 200,
});

it('never lets more than its limit pass in any window, and after the wait it names there is room', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 4, max: 20 }), (uses, most) => {
      const counter = new WindowCounter(1_000);
      const passed: { atMs: number; amount: number }[] = [];
      let nowMs = 5_000;
      for (const { pauseMs, amount } of uses) {
        nowMs += pauseMs;
        if (counter.used(nowMs) + amount <= most) {
          counter.add(amount, nowMs);
          passed.push({ atMs: nowMs, amount });
        } else {
          nowMs += counter.waitMs(most - amount, nowMs);
          expect(counter.used(nowMs) + amount).toBeLessThanOrEqual(most);
        }
        const inWindow = passed.filter(({ atMs }) => atMs > nowMs - 1_000).reduce((sum, one) => sum + one.amount, 0);
        expect(inWindow).toBeLessThanOrEqual(most);
      }
    }),
    { numRuns: 500 },
  );
});

it('holds nothing against anybody for longer than the window and one part in 32 of it', () => {
  fc.assert(
    fc.property(steps, (uses) => {
      const counter = new WindowCounter(1_000);
      const all: { atMs: number; amount: number }[] = [];
      let nowMs = 5_000;
      for (const { pauseMs, amount } of uses) {
        nowMs += pauseMs;
        counter.add(amount, nowMs);
        all.push({ atMs: nowMs, amount });
        const recent = all.filter(({ atMs }) => atMs > nowMs - 1_000 - 1_000 / 32).reduce((sum, one) => sum + one.amount, 0);
        expect(counter.used(nowMs)).toBeLessThanOrEqual(recent);
      }
    }),
    { numRuns: 300 },
  );
});

it('opens a window after a single use when it is over, wherever the clock stood', () => {
  for (const startMs of [0, 1, 14_000, 29_999, 30_000]) {
    const counter = new WindowCounter(30_000);
    counter.add(1, startMs);
    expect(counter.waitMs(0, startMs)).toBe(30_000);
    expect([counter.used(startMs + 29_999), counter.used(startMs + 30_000)]).toEqual([1, 0]);
  }
});
