import type { SettledTotal } from '@aicarpool/shared-protocol';

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
    attempts: 0,
    requests: 0,
    successes: 0,
    timeout_errors: 0,
    rate_limit_errors: 0,
    auth_errors: 0,
    other_errors: 0,
    cancelled: 0,
    input: 0,
    cache_read: 0,
    cache_write: 0,
    output: 0,
    thinking: 0,
    cost_nano_usd: 0,
    estimated: 0,
    estimated_tokens: 0,
    estimated_cost_nano_usd: 0,
    lost: 0,
    unpriced: 0,
    duration_sum_ms: 0,
    durations: [],
    ...over,
  };
}
