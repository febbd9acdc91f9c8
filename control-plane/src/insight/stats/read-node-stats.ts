import type { QueryInfo, StatsReport } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx, NotFound } from '../../kernel/index.ts';
import type { InsightParts } from '../ports.ts';
import type { Granularity } from '../time/cut-time.ts';
import { readRange } from '../time/stats-range.ts';
import { readStats } from './read-stats.ts';

interface NodeStatsInput {
  readonly nodeId: string;
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly tz?: string | undefined;
  readonly granularity: Granularity;
  readonly force_refresh: boolean;
  readonly timeout?: number | undefined;
}

interface NodeStats {
  node_info: { node_id: string; node_name: string; last_heartbeat: string | null; state: string };
  query_info: QueryInfo;
  statistics: Pick<StatsReport, 'by_service' | 'time_series'> & {
    total_requests: number;
    success_count: number;
    error_count: number;
    avg_response_time_ms: number | null;
  };
}

/** What one node served, over all groups, for administrators. */
export async function readNodeStats(
  ctx: Ctx,
  parts: InsightParts,
  input: NodeStatsInput,
): Promise<{ data: NodeStats; warnings: string[] }> {
  allow(ctx, 'insight.node.read');
  const keeper = (await parts.fleet.bookKeepers(ctx, null)).find(({ nodeId }) => nodeId === input.nodeId);
  if (!keeper) throw new NotFound('node_not_found', 'there is no such node');
  const zone = input.tz ?? 'UTC';
  const { data, warnings } = await readStats(ctx, parts, {
    groupId: null,
    nodeId: keeper.nodeId,
    range: readRange({ ...input, zone }, ctx.clock.now().getTime(), { maxBuckets: 1000, defaultDays: 7 }),
    filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
    timeoutMs: input.timeout === undefined ? undefined : Math.round(input.timeout * 1000),
    forceRefresh: input.force_refresh,
  });
  return {
    data: {
      node_info: {
        node_id: keeper.nodeId,
        node_name: keeper.name,
        last_heartbeat: keeper.lastSeenAt?.toISOString() ?? null,
        state: keeper.state,
      },
      query_info: data.query_info,
      statistics: {
        total_requests: data.summary.total_requests,
        success_count: data.summary.success_count,
        error_count: data.summary.errors.total,
        avg_response_time_ms: data.summary.avg_response_time_ms,
        by_service: data.by_service,
        time_series: data.time_series,
      },
    },
    warnings,
  };
}
