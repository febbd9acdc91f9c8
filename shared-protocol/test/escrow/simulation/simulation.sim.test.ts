import { expect, it } from 'vitest';
import { simulate } from './simulation.ts';

const seeds = 500;
const from = 1;

it('keeps every invariant whatever fails', () => {
  const failures: string[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    const { wrong } = simulate(seed);
    if (wrong.length > 0) failures.push(`seed ${seed}: ${wrong.join('; ')}  (npm run sim -- --seeds 1 --from ${seed})`);
  }
  expect(failures).toEqual([]);
});

it('does the same again for the same seed', () => {
  expect(simulate(7)).toEqual(simulate(7));
  expect(simulate(7).print).not.toBe(simulate(8).print);
});
