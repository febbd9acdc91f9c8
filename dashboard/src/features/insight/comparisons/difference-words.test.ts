import { describe, expect, it } from 'vitest';
import { formatAmountOf, formatShare, stateOfDifference } from './difference-words.ts';

const difference = (theirs: number, ours: number, estimated = 0) => ({
  theirs,
  ours,
  difference: theirs - ours,
  difference_percent: theirs === 0 ? null : ((theirs - ours) / theirs) * 100,
  estimated,
  unknown: theirs - ours - estimated,
});

describe('a difference', () => {
  it('is none where estimates explain it, or where it is smaller than what clocks and rounding make', () => {
    expect(stateOfDifference(difference(1000, 900, 100))).toBe('ok');
    expect(stateOfDifference(difference(1000, 996))).toBe('ok');
    expect(stateOfDifference(difference(0, 0))).toBe('ok');
  });
  it('is small up to five percent, and large beyond, whoever has more', () => {
    expect(stateOfDifference(difference(1000, 970))).toBe('partial');
    expect(stateOfDifference(difference(1000, 940))).toBe('bad');
    expect(stateOfDifference(difference(940, 1000))).toBe('bad');
    expect(stateOfDifference(difference(0, 7))).toBe('bad');
  });
  it('is written with its sign and never as minus zero', () => {
    expect([-1234, 0, 12].map((amount) => formatAmountOf('tokens', amount))).toEqual(['−1,234', '0', '12']);
    expect([-0.5, -0.00001, 3].map((amount) => formatAmountOf('cost_usd', amount))).toEqual(['−$0.50', '$0.00', '$3.00']);
    expect([null, -2.5, 3].map(formatShare)).toEqual(['—', '−2.5%', '3%']);
  });
});
