import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drainWorld, newWorld, step, unequal, violation } from './schedule.ts';

const runs = 10_000;

const schedule = fc.record({
  nodes: fc.integer({ min: 1, max: 4 }),
  limits: fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 })),
  codes: fc.array(fc.nat(0xffff), { maxLength: 120, size: 'max' }),
});

it.each([
  { estimates: 'are never too small', isSoft: false },
  { estimates: 'may be too small', isSoft: true },
])('spends no more than its bound in any schedule, and ends with equal books, when estimates $estimates', ({ isSoft }) => {
  fc.assert(
    fc.property(schedule, ({ nodes, limits, codes }) => {
      const world = newWorld(nodes, limits);
      for (const code of codes) {
        step(world, code, isSoft);
        const wrong = violation(world);
        if (wrong) throw new Error(wrong);
      }
      drainWorld(world);
      expect(violation(world) ?? unequal(world)).toBeUndefined();
    }),
    { numRuns: runs },
  );
});
