import { expect, it } from 'vitest';
import { checkBills } from './faults/check-bills.ts';
import { letCallersLeave } from './faults/leaving-callers.ts';

/** Repeatable: callers leave at the same moments in every run, as far as clocks allow. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

it('books no less than was charged when a hundred callers leave at random points', async () => {
  const outcome = await letCallersLeave(100, 'abort', seeded(7));
  expect(outcome.left).toBeGreaterThan(20);
  expect(checkBills(outcome).exact).toBeGreaterThan(0);
}, 30_000);

it('books to the token what a provider charged that is heard to the end', async () => {
  const outcome = await letCallersLeave(100, 'drain', seeded(11));
  const { charged, counted } = checkBills(outcome);
  expect(outcome.left).toBeGreaterThan(20);
  expect(counted).toBe(charged);
}, 30_000);
