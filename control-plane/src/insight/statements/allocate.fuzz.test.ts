import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from './allocate.ts';

const weights = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 4 }), fc.maxSafeNat()), {
  minLength: 1,
  maxLength: 40,
  selector: ([name]) => name,
});
const amount = fc.maxSafeNat();

describe('allocate', () => {
  it('gives away everything and nothing more', () => {
    fc.assert(
      fc.property(amount, weights, (whole, pairs) => {
        const parts = [...allocate(whole, new Map(pairs)).values()];
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(whole));
        for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('is off by less than one unit from the exact part, and gives nothing to a weight of zero among others', () => {
    fc.assert(
      fc.property(amount, weights, (whole, pairs) => {
        const sum = pairs.reduce((total, [, weight]) => total + BigInt(weight), 0n);
        const parts = allocate(whole, new Map(pairs));
        if (sum === 0n) return;
        for (const [name, weight] of pairs) {
          const scaled = BigInt(whole) * BigInt(weight);
          const off = BigInt(parts.get(name) ?? 0) * sum - scaled;
          expect(off > -sum && off < sum).toBe(true);
          if (weight === 0) expect(parts.get(name)).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order in which people are named', () => {
    fc.assert(
      fc.property(amount, weights, (whole, pairs) => {
        expect(allocate(whole, new Map(pairs.toReversed()))).toEqual(allocate(whole, new Map(pairs)));
      }),
    );
  });

  it('is equal where all weights are zero, and the first in order get what does not divide', () => {
    expect([...allocate(10, new Map(['c', 'a', 'b'].map((name) => [name, 0])))]).toEqual([
      ['a', 4],
      ['b', 3],
      ['c', 3],
    ]);
    expect(allocate(10, new Map())).toEqual(new Map());
  });
});
