import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, bucketValueMs, type Histogram, histogram, mergeHistograms, quantile } from './histogram.ts';

function build(durations: readonly number[]): Histogram {
  return mergeHistograms(durations.map((duration) => [[bucketOf(duration), 1]]));
}

const durations = fc.array(fc.double({ min: 0, max: 86_400_000, noNaN: true }), { maxLength: 200 });

describe('the histogram of durations', () => {
  it('merges to the histogram of both sets, in any order and grouping', () => {
    fc.assert(
      fc.property(durations, durations, durations, (a, b, c) => {
        const whole = build([...a, ...b, ...c]);
        expect(mergeHistograms([build(a), build(b), build(c)])).toEqual(whole);
        expect(mergeHistograms([build(c), mergeHistograms([build(b), build(a)])])).toEqual(whole);
        expect(histogram.safeParse(whole).success).toBe(true);
      }),
    );
  });

  it('is at most 1 % away from every duration above a millisecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.0001, max: 86_400_000, noNaN: true }), (duration) => {
        expect(Math.abs(bucketValueMs(bucketOf(duration)) - duration) / duration).toBeLessThanOrEqual(0.01 + 1e-9);
      }),
    );
  });

  it('gives every quantile within 1 % of the exact one', () => {
    const above = fc.array(fc.double({ min: 1.0001, max: 86_400_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(above, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
        const found = quantile(build(values), q) ?? Number.NaN;
        expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(0.01 + 1e-9);
      }),
    );
  });

  it('has no quantile when it is empty, and takes anything up to a millisecond as one', () => {
    expect(quantile([], 0.5)).toBeNull();
    for (const duration of [0, 1, -3, Number.NaN]) expect(bucketOf(duration)).toBe(0);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(2000);
  });
});
