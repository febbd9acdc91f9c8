import { averageMs, cellTokens, nanoUsdToUsd, quantile, successRatePercent } from '@aicarpool/shared-protocol';
import type { StatsParts, StatsShares, StatsSummary } from '@aicarpool/shared-protocol/console';
import type { StatsSums } from './sum-cells.ts';

/** Sums as one line of a breakdown. */
export function sharesOf(sums: StatsSums): StatsShares {
  return {
    requests: sums.requests,
    tokens: cellTokens(sums),
    cost: nanoUsdToUsd(sums.cost_nano_usd),
    cost_nano_usd: sums.cost_nano_usd,
    ...partsOf(sums),
  };
}

/** Sums as the summary of an answer. */
export function summaryOf(sums: StatsSums): StatsSummary {
  return {
    total_requests: sums.requests,
    total_tokens: cellTokens(sums),
    total_cost: nanoUsdToUsd(sums.cost_nano_usd),
    total_cost_nano_usd: sums.cost_nano_usd,
    ...partsOf(sums),
  };
}

export function errorCountOf(sums: StatsSums): number {
  return sums.timeout_errors + sums.rate_limit_errors + sums.auth_errors + sums.other_errors;
}

function partsOf(sums: StatsSums): StatsParts {
  const percentile = (q: number) => {
    const ms = quantile(sums.durations, q);
    return ms === null ? null : Math.round(Math.min(ms, Math.max(sums.max_ms, 1)));
  };
  return {
    success_rate: successRatePercent(sums),
    avg_response_time_ms: averageMs(sums.duration_sum_ms, sums.requests),
    max_response_time_ms: sums.max_ms,
    min_response_time_ms: sums.min_ms,
    p50_response_time_ms: percentile(0.5),
    p95_response_time_ms: percentile(0.95),
    p99_response_time_ms: percentile(0.99),
    success_count: sums.successes,
    attempts: sums.attempts,
    errors: {
      total: errorCountOf(sums),
      timeout: sums.timeout_errors,
      rate_limit: sums.rate_limit_errors,
      auth: sums.auth_errors,
      other: sums.other_errors,
    },
    cancelled: sums.cancelled,
    input_tokens: sums.input,
    cache_read_tokens: sums.cache_read,
    cache_write_tokens: sums.cache_write,
    output_tokens: sums.output,
    thinking_tokens: sums.thinking,
    estimated_requests: sums.estimated,
    lost_requests: sums.lost,
    unpriced_requests: sums.unpriced,
    last_request_at: sums.last_at,
  };
}
