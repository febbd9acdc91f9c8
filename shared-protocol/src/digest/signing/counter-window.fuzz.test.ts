import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CounterWindow, counterWindow, noCounters, takeCounter } from './counter-window.ts';

/** Counters in an order in which none is overtaken by more than the window. */
const arrivals = fc
  .tuple(
    fc.integer({ min: 1, max: 600 }),
    fc.array(fc.integer({ min: 0, max: counterWindow - 1 }), { minLength: 600, maxLength: 600 }),
  )
  .map(([count, lateness]) =>
    Array.from({ length: count }, (_, at) => ({ counter: at + 1, arrives: at + (lateness[at] ?? 0) }))
      .sort((a, b) => a.arrives - b.arrives || a.counter - b.counter)
      .map(({ counter }) => counter),
  );

it('takes every counter once when none is overtaken by more than the window', () => {
  fc.assert(
    fc.property(arrivals, (counters) => {
      let window: CounterWindow = noCounters;
      for (const counter of counters) {
        const next = takeCounter(window, counter);
        expect(next, `counter ${counter}`).toBeDefined();
        window = next ?? window;
        expect(takeCounter(window, counter)).toBeUndefined();
      }
      for (const counter of counters) expect(takeCounter(window, counter)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

it('never takes a counter twice, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2, max: 900 }), { maxLength: 400 }), (counters) => {
      const taken = new Set<number>();
      let window: CounterWindow = noCounters;
      for (const counter of counters) {
        const next = takeCounter(window, counter);
        if (!next) continue;
        expect(taken.has(counter)).toBe(false);
        expect(counter).toBeGreaterThan(0);
        taken.add(counter);
        window = next;
      }
      expect(window.high).toBe(Math.max(0, ...taken));
    }),
    { numRuns: 500 },
  );
});
