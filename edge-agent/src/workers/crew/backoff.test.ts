import { expect, test } from 'vitest';
import { SlotBackoff } from './backoff.ts';

test('who served a while is replaced at once, who fails as it begins ever later', () => {
  const backoff = new SlotBackoff();
  expect([backoff.nextMs(10_000), backoff.nextMs(60_000)]).toEqual([0, 0]);
  const waits = Array.from({ length: 12 }, () => backoff.nextMs(0));
  expect(waits.slice(0, 4)).toEqual([0, 250, 500, 1_000]);
  expect(waits.at(-1)).toBe(15_000);
  expect(backoff.failures).toBe(12);
  expect(backoff.nextMs(5_000)).toBe(0);
  expect(backoff.failures).toBe(0);
});
