import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, difference } from './compare.ts';

const amount = fc.nat(1_000_000);
const date = fc.constantFrom('2026-11-01', '2026-11-02');
const model = fc.constantFrom('claude-opus-5', 'claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'gpt-5');
const theirRow = fc.record({ date, model, tokens: amount, costNanoUsd: amount });
const ourDay = fc.record({
  date,
  model,
  requests: fc.nat(9),
  lost: fc.nat(2),
  tokens: amount,
  estimatedTokens: amount,
  costNanoUsd: amount,
  estimatedCostNanoUsd: amount,
});

describe('compare', () => {
  it('loses nothing of either side: lines add up to the totals, and totals to what was given', () => {
    fc.assert(
      fc.property(fc.array(theirRow, { minLength: 1, maxLength: 30 }), fc.array(ourDay, { maxLength: 30 }), (theirs, ours) => {
        const { lines, totals } = compare(theirs, ours);
        const sum = (side: 'theirs' | 'ours') => lines.reduce((total, { tokens }) => total + (tokens?.[side] ?? 0), 0);
        expect(sum('theirs')).toBe(theirs.reduce((total, { tokens }) => total + tokens, 0));
        expect(sum('ours')).toBe(ours.reduce((total, { tokens }) => total + tokens, 0));
        expect([totals.tokens?.theirs, totals.tokens?.ours]).toEqual([sum('theirs'), sum('ours')]);
        expect(lines.reduce((total, { requests }) => total + requests, 0)).toBe(
          ours.reduce((total, { requests }) => total + requests, 0),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('splits every difference into what estimates can explain and the rest, never over', () => {
    fc.assert(
      fc.property(amount, amount, amount, (theirs, ours, estimated) => {
        const split = difference(theirs, ours, estimated);
        expect(split.estimated + split.unknown).toBe(theirs - ours);
        expect(Math.abs(split.estimated)).toBeLessThanOrEqual(estimated);
        expect(Math.abs(split.unknown)).toBeLessThanOrEqual(Math.abs(theirs - ours));
      }),
    );
  });

  it('finds a model by the name that either side gives it', () => {
    const booked = {
      date: '2026-11-01',
      requests: 1,
      lost: 0,
      tokens: 5,
      estimatedTokens: 0,
      costNanoUsd: 5,
      estimatedCostNanoUsd: 0,
    };
    const row = { date: '2026-11-01', tokens: 5, costNanoUsd: null };
    const { lines } = compare(
      [
        { ...row, model: 'Claude Haiku 4.5' },
        { ...row, model: 'claude-opus-4-5-20251101' },
      ],
      [
        { ...booked, model: 'claude-haiku-4-5-20251001' },
        { ...booked, model: 'claude-opus-4-5' },
        { ...booked, model: 'claude-opus-4' },
      ],
    );
    expect(lines.map((line) => [line.model, line.our_models, line.tokens?.difference])).toEqual([
      ['Claude Haiku 4.5', ['claude-haiku-4-5-20251001'], 0],
      ['claude-opus-4-5-20251101', ['claude-opus-4', 'claude-opus-4-5'], -5],
    ]);
  });
});
