import { expect, test } from 'vitest';
import { HealthWatch } from './health-watch.ts';

test('a change is proven a minute after it was seen first, later ones a minute after them', () => {
  const watch = new HealthWatch();
  expect(watch.look(7, 0)).toBeUndefined();
  expect(watch.look(7, 59_000)).toBeUndefined();
  expect(watch.look(8, 59_500)).toBeUndefined();
  expect(watch.look(8, 60_000)).toBe(7);
  expect(watch.look(9, 100_000)).toBe(7);
  expect(watch.look(9, 119_500)).toBe(8);
  expect(watch.look(9, 160_000)).toBe(9);
});

test('changes that never cease do not keep older ones from being proven', () => {
  const watch = new HealthWatch();
  let proven: number | undefined;
  for (let second = 0; second <= 300; second += 5) proven = watch.look(second, second * 1000);
  expect(proven).toBe(240);
});
