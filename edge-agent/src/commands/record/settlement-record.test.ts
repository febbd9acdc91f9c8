import { expect, it } from 'vitest';
import { checkSettlement, describeSettlement, recordSettlement } from './settlement-record.ts';

const state = { unsettledRows: 0, answeredAgoMs: 1_000, slices: 2, waiting: 0, holding: 0, isStale: false, failure: null };

it('adds up the books of all processes, by the one that was heard longest ago', () => {
  const nowMs = Date.parse('2026-11-21T10:00:00Z');
  const record = recordSettlement([state, { ...state, unsettledRows: 3, answeredAgoMs: 5_000, slices: 1 }], nowMs);
  expect(record).toEqual({ unsettled_rows: 3, settled_at: '2026-11-21T09:59:55.000Z', slices: 3, stale: false, failure: null });
  expect(describeSettlement(record)).toBe('3 rows wait to be settled, rights in 3 windows of budgets');
  expect(recordSettlement([{ ...state, answeredAgoMs: Number.POSITIVE_INFINITY }], nowMs).settled_at).toBeNull();
});

it('warns of rights that are too old, and of books that cannot be settled', () => {
  const record = recordSettlement([state], 0);
  expect(checkSettlement(record)).toMatchObject({ verdict: 'ok', found: 'every row is settled, rights in 2 windows of budgets' });
  expect(checkSettlement({ ...record, stale: true })).toMatchObject({
    verdict: 'warn',
    advice: expect.stringContaining('refused'),
  });
  expect(checkSettlement({ ...record, failure: 'no answer in time' })).toMatchObject({ verdict: 'warn' });
});
