import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WindowCounter } from './window-counter.ts';

it('never lets more than twice its limit pass in any window, and after the wait it names there is room', () => {
  const steps = fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 700 }), amount: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 200,
  });
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
          const laterMs = nowMs + counter.waitMs(most - amount, nowMs);
          nowMs = laterMs;
          expect(counter.used(nowMs) + amount).toBeLessThanOrEqual(most + 1e-6);
        }
        const inWindow = passed.filter(({ atMs }) => atMs > nowMs - 1_000).reduce((sum, one) => sum + one.amount, 0);
        expect(inWindow).toBeLessThanOrEqual(2 * most);
      }
    }),
    { numRuns: 500 },
  );
});
