import { expect, test } from 'vitest';
import { checkWorkers } from './check-workers.ts';

const worker = (slot: number, more: object = {}) => ({
  slot,
  pid: 100 + slot,
  state: 'serving' as const,
  restarts: 0,
  failures: 0,
  connections: 0,
  active_requests: 0,
  ledger: null,
  ...more,
});

test('a node of one process has no workers to speak of', () => {
  expect(checkWorkers({ workers: [] })).toEqual([]);
});

test('tells how many serve, and which of them ends again and again', () => {
  expect(checkWorkers({ workers: [worker(1), worker(2)] })).toMatchObject([{ verdict: 'ok', found: '2 of 2 serve' }]);
  expect(checkWorkers({ workers: [worker(1), worker(2, { state: 'starting' })] })).toMatchObject([
    { verdict: 'warn', found: '1 of 2 serve' },
  ]);
  const looping = worker(2, { state: 'resting', pid: null, failures: 5 });
  expect(checkWorkers({ workers: [worker(1), looping] })).toMatchObject([
    { verdict: 'warn', found: 'worker 2 ended 5 times in a row as it began' },
  ]);
});
