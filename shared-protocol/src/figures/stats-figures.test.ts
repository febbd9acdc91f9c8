import { expect, test } from 'vitest';
import { addCounts, averageMs, cellTokens, completenessOf, estimatedShare, successRatePercent } from './stats-figures.ts';

test('says complete only when every node answered', () => {
  expect(completenessOf(4, 4)).toBe(1);
  expect(completenessOf(4, 3)).toBe(0.75);
  expect(completenessOf(100_000, 99_999)).toBe(0.9999);
  expect(completenessOf(3, 0)).toBe(0);
});

test('calls an answer complete when there is no node to ask', () => {
  expect(completenessOf(0, 0)).toBe(1);
});

test('shows 100 % only when nothing failed', () => {
  expect(successRatePercent({ requests: 1250, successes: 1240, cancelled: 0 })).toBe(99.2);
  expect(successRatePercent({ requests: 1_000_000, successes: 999_999, cancelled: 0 })).toBe(99.99);
  expect(successRatePercent({ requests: 3, successes: 3, cancelled: 0 })).toBe(100);
});

test('counts a client that hung up as neither success nor error', () => {
  expect(successRatePercent({ requests: 5, successes: 3, cancelled: 2 })).toBe(100);
  expect(successRatePercent({ requests: 2, successes: 0, cancelled: 2 })).toBeNull();
  expect(successRatePercent({ requests: 0, successes: 0, cancelled: 0 })).toBeNull();
});

test('averages by requests and knows no average of nothing', () => {
  expect(averageMs(300, 2)).toBe(150);
  expect(averageMs(0, 0)).toBeNull();
});

test('counts cache reads and writes as input and thinking once, within output', () => {
  expect(cellTokens({ input: 1, cache_read: 20, cache_write: 300, output: 4000 })).toBe(4321);
});

test('never shows an estimate as none', () => {
  expect(estimatedShare(1, 1_000_000)).toBe(0.0001);
  expect(estimatedShare(0, 5)).toBe(0);
  expect(estimatedShare(0, 0)).toBe(0);
});

test('refuses a sum that is no longer exact', () => {
  expect(() => addCounts(Number.MAX_SAFE_INTEGER, 1)).toThrow(RangeError);
});
