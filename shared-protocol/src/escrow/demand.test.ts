import { expect, it } from 'vitest';
import { type Demand, expected, newDemand, targetOf, used, wanted } from './demand.ts';

const hourMs = 3_600_000;

/** A request of 250 units each quarter of a second: one unit a millisecond. */
function useSteadily(demand: Demand, fromMs: number, untilMs: number): void {
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += 250) {
    wanted(demand, 250, nowMs);
    used(demand, 250);
    expected(demand, hourMs, nowMs);
  }
}

const begun = (fromMs: number, untilMs: number) => {
  const demand = newDemand(0);
  for (let nowMs = 0; nowMs < fromMs; nowMs += 1000) expected(demand, hourMs, nowMs);
  useSteadily(demand, fromMs, untilMs);
  return demand;
};

it.each([14_000, 60_000, 600_000])('knows the rate %i ms after the first use', (forMs) => {
  const part = expected(begun(0, forMs), hourMs, forMs) / hourMs;
  expect(part).toBeGreaterThan(0.85);
  expect(part).toBeLessThan(1.1);
});

it('measures from the first request on, not from when the books were opened', () => {
  const part = expected(begun(300_000, 314_000), hourMs, 314_000) / hourMs;
  expect(part).toBeGreaterThan(0.85);
  expect(part).toBeLessThan(1.1);
});

it('begins anew after a long pause', () => {
  const demand = begun(0, 600_000);
  for (let nowMs = 600_000; nowMs < 1_500_000; nowMs += 1000) expected(demand, hourMs, nowMs);
  useSteadily(demand, 1_500_000, 1_514_000);
  const part = expected(demand, hourMs, 1_514_000) / hourMs;
  expect(part).toBeGreaterThan(0.85);
  expect(part).toBeLessThan(1.1);
});

it('takes one first burst for the use of a quarter of a minute, and forgets it as time passes', () => {
  const demand = newDemand(0);
  wanted(demand, 1000, 0);
  used(demand, 1000);
  const soon = targetOf(demand, hourMs, 1000);
  expect(soon).toBeGreaterThan(2000);
  expect(soon).toBeLessThanOrEqual((1.25 * 1000 * hourMs) / 14_000 + 2000);
  expect(targetOf(demand, hourMs, 600_000)).toBeLessThan(soon / 20);
});

it('keeps rights for two of the largest requests of who is idle', () => {
  const demand = begun(0, 60_000);
  expect(targetOf(demand, hourMs, 61_000)).toBeGreaterThan(0.9 * hourMs);
  expect(targetOf(demand, hourMs, 20 * hourMs)).toBe(500);
});
