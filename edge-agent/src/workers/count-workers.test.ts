import { expect, test } from 'vitest';
import { countWorkers } from './count-workers.ts';

const GiB = 1024 ** 3;

test('one process where nothing is said, and as many as are asked for', () => {
  expect([countWorkers(undefined), countWorkers(1), countWorkers(5)]).toEqual([1, 1, 5]);
});

test('"auto" leaves a processor free, and needs memory for each', () => {
  const auto = (processors: number, memoryBytes: number) => countWorkers('auto', { processors, memoryBytes });
  expect([auto(1, 64 * GiB), auto(2, 64 * GiB), auto(4, 64 * GiB), auto(64, 64 * GiB)]).toEqual([1, 1, 3, 8]);
  expect([auto(16, GiB / 4), auto(16, GiB), auto(16, 2 * GiB)]).toEqual([1, 2, 4]);
});
