import { expect, it } from 'vitest';
import { CenterClock } from './center-clock.ts';

it('follows the clock of the centre by the middle of a round trip, and survives steps of its own', () => {
  const local = { wallMs: 5_000_000, monoMs: 100 };
  const clock = new CenterClock({ nowMs: () => local.wallMs, monotonicMs: () => local.monoMs });
  const pass = (ms: number) => {
    local.wallMs += ms;
    local.monoMs += ms;
  };
  const sent = clock.now();
  pass(200);
  const corrected = clock.set(sent, new Date(9_000_000).toISOString());
  expect(clock.now().wallMs).toBe(9_000_100);
  expect(corrected).toEqual({ monoMs: 100, wallMs: 8_999_900 });
  local.wallMs -= 86_400_000;
  pass(50);
  const again = clock.now();
  pass(100);
  expect(clock.set(again, new Date(9_000_200).toISOString()).wallMs).toBe(9_000_150);
  expect(clock.now().wallMs).toBe(9_000_250);
});
