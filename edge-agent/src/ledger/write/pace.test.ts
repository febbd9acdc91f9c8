import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** A pace that has seen `perSecond` for a while; its last commit was at 1000 ms. */
function paceAt(perSecond: number): Pace {
  const pace = new Pace(1000, 1);
  for (let nowMs = 0; nowMs <= 1000; nowMs += 10) pace.committed(nowMs, perSecond / 100);
  return pace;
}

it('commits at once while records are few', () => {
  expect(paceAt(900).waitMs(1000)).toBe(0);
});

it('holds commits apart the more the faster records come, up to the floor', () => {
  expect(paceAt(2000).waitMs(1000)).toBeCloseTo(0.25);
  expect(paceAt(4000).waitMs(1000)).toBeCloseTo(0.5);
  expect(paceAt(8000).waitMs(1000)).toBeCloseTo(1);
  expect(paceAt(80_000).waitMs(1000)).toBeCloseTo(1);
});

it('counts the wait from the last commit', () => {
  expect(paceAt(8000).waitMs(1000.4)).toBeCloseTo(0.6);
  expect(paceAt(8000).waitMs(1002)).toBe(0);
});
