import { type SettledTotal, zeroCounts } from '@aicarpool/shared-protocol';

/** A total that counts nothing, with what the test is about. */
export function newTotal(over: Partial<SettledTotal> = {}): SettledTotal {
  return {
    hour_at: '2026-11-21T07:00:00.000Z',
    group_id: 'grp_a',
    user_id: 'usr_a',
    key_id: 'key_a',
    service: 'claude',
    model: 'm',
    upstream_id: 'ups_a',
    price_version: 'v1',
    ...zeroCounts(),
    durations: [],
    ...over,
  };
}
