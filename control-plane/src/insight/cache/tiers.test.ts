import { expect, test } from 'vitest';
import { lifetimeMs, tiers } from './tiers.ts';

const whole = { completeness: 1, requests: 10, reachesPresent: true };

test('keeps answers of the last day 5 minutes, history 30 and basic figures 1', () => {
  expect(lifetimeMs('realtime', whole)).toBe(300_000);
  expect(lifetimeMs('history', whole)).toBe(1_800_000);
  expect(lifetimeMs('basic', whole)).toBe(60_000);
});

test('gives nodes 3 seconds for the last day and 10 for history', () => {
  expect([tiers.realtime.timeoutMs, tiers.history.timeoutMs]).toEqual([3_000, 10_000]);
});

test('keeps an answer that lacks a node only for seconds', () => {
  expect(lifetimeMs('history', { ...whole, completeness: 0.9999 })).toBe(15_000);
});

test('keeps "nothing yet" only for seconds, and nothing in a closed range for long', () => {
  expect(lifetimeMs('realtime', { ...whole, requests: 0 })).toBe(10_000);
  expect(lifetimeMs('history', { ...whole, requests: 0, reachesPresent: false })).toBe(1_800_000);
});
