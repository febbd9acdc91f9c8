import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { LedgerAudit } from '@aicarpool/shared-protocol/console';
import type { SettledSums } from '../../fleet/index.ts';

/** How much of the books is an estimate, and how much of that was cut by a crash. */
export function estimatesView(sums: SettledSums): Pick<LedgerAudit['summary'], 'estimated' | 'lost'> {
  return {
    estimated: {
      rows: sums.estimated,
      percent: percentOf(sums.estimated, sums.rows),
      tokens: sums.estimatedTokens,
      tokens_percent: percentOf(sums.estimatedTokens, sums.tokens),
      cost_usd: nanoUsdToUsd(sums.estimatedCostNanoUsd),
      cost_percent: percentOf(sums.estimatedCostNanoUsd, sums.costNanoUsd),
    },
    lost: { requests: sums.lost, percent: percentOf(sums.lost, sums.requests) },
  };
}

/** Of nothing, nothing. Never more than 100. */
export function percentOf(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, (part / whole) * 100);
}
