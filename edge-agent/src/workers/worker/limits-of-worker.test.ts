import { expect, test } from 'vitest';
import { defaultLimits } from '../../proxy/intake/limits.ts';
import { limitsOfWorker, partOfWorker } from './limits-of-worker.ts';

test('workers divide what a proxy may carry, to the last connection', () => {
  for (const connections of [4, 5, 7, 100, 1_001]) {
    const parts = [1, 2, 3, 4].map((slot) => partOfWorker(slot, 4)(connections));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(connections);
    expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
  }
  expect([1, 2, 3].map((slot) => partOfWorker(slot, 3)(1))).toEqual([1, 1, 1]);
});

test('memory for bodies is divided, but holds the largest body always', () => {
  expect(limitsOfWorker(2).bufferedBytes).toBe(defaultLimits.bufferedBytes / 2);
  expect(limitsOfWorker(16).bufferedBytes).toBeGreaterThanOrEqual(defaultLimits.bodyBytes);
});
