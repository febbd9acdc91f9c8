import { expect, it } from 'vitest';
import { newTotal } from '../../../../test/settlement/new-total.ts';
import { mergeTotals } from './merge-totals.ts';

it('adds totals of the same key and keeps the others apart, in the order of their keys', () => {
  const merged = mergeTotals([
    newTotal({ group_id: 'grp_b', attempts: 1 }),
    newTotal({ group_id: 'grp_a', attempts: 2, cost_nano_usd: 5, durations: [[3, 1]] }),
    newTotal({
      group_id: 'grp_a',
      attempts: 3,
      cost_nano_usd: 7,
      durations: [
        [3, 1],
        [9, 2],
      ],
    }),
    newTotal({ group_id: 'grp_a', price_version: null, attempts: 4 }),
  ]);
  expect(
    merged.map(({ group_id, price_version, attempts, cost_nano_usd }) => [group_id, price_version, attempts, cost_nano_usd]),
  ).toEqual([
    ['grp_a', '', 4, 0],
    ['grp_a', 'v1', 5, 12],
    ['grp_b', 'v1', 1, 0],
  ]);
  expect(merged[1]?.durations).toEqual([
    [3, 2],
    [9, 2],
  ]);
});

it('puts instants within an hour together, and refuses what is no instant', () => {
  expect(
    mergeTotals([newTotal({ hour_at: '2026-11-21T07:59:59.999Z' }), newTotal({ hour_at: '2026-11-21T07:00:00Z' })]),
  ).toHaveLength(1);
  expect(() => mergeTotals([newTotal({ hour_at: 'yesterday' })])).toThrow('hour_at');
});
