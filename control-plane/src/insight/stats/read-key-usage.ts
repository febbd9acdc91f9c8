import type { QueryInfo } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx } from '../../kernel/index.ts';
import type { InsightParts } from '../ports.ts';
import { readRange } from '../time/stats-range.ts';
import { readStats } from './read-stats.ts';

interface KeyUsageInput {
  readonly keyId: string;
  readonly period: 'day' | 'week' | 'month';
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly tz?: string | undefined;
  readonly force_refresh: boolean;
}

interface KeyUsage {
  key_info: { id: string; name: string; token_limit: number | null };
  query_info: QueryInfo;
  usage_stats: {
    total_requests: number;
    total_tokens: number;
    total_cost: number;
    tokens_by_model: Record<string, number>;
    daily_breakdown: { date: string; requests: number; tokens: number; cost: number; expected: number; reported: number }[];
  };
}

const daysOf = { day: 1, week: 7, month: 30 } as const;

/** What a key used, for its owner, for who manages its group, and for administrators. */
export async function readKeyUsage(
  ctx: Ctx,
  parts: InsightParts,
  input: KeyUsageInput,
): Promise<{ data: KeyUsage; warnings: string[] }> {
  allow(ctx, 'insight.stats.read');
  const key = await parts.carpool.getKey(ctx, input.keyId);
  const zone = input.tz ?? key.timeZone;
  const limits = { maxBuckets: 1000, defaultDays: daysOf[input.period] };
  const { data, warnings } = await readStats(ctx, parts, {
    groupId: key.groupId,
    range: readRange({ ...input, zone, granularity: 'day' }, ctx.clock.now().getTime(), limits),
    filter: { group_ids: [key.groupId], key_ids: [key.keyId], user_ids: null, services: null },
    forceRefresh: input.force_refresh,
  });
  const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  return {
    data: {
      key_info: { id: key.keyId, name: key.name, token_limit: key.tokenLimit },
      query_info: data.query_info,
      usage_stats: {
        total_requests: data.summary.total_requests,
        total_tokens: data.summary.total_tokens,
        total_cost: data.summary.total_cost,
        tokens_by_model: Object.fromEntries(data.by_model.map(({ model, tokens }) => [model, tokens])),
        daily_breakdown: data.time_series.map(({ timestamp, requests, tokens, cost, expected, reported }) => ({
          date: dayOf.format(Date.parse(timestamp)),
          requests,
          tokens,
          cost,
          expected,
          reported,
        })),
      },
    },
    warnings,
  };
}
