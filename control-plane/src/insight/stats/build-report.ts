import { completenessOf, estimatedShare, type StatsCell } from '@aicarpool/shared-protocol';
import type { NodeDetail, QueryInfo, StatsReport } from '@aicarpool/shared-protocol/console';
import type { Tier } from '../cache/tiers.ts';
import type { AskedNode, Gathered } from './ask-fleet.ts';
import { sharesOf, summaryOf } from './figures.ts';
import { type StatsSums, sumAll, sumBy } from './sum-cells.ts';
import { isKnown, timeSeriesOf } from './time-series.ts';
import { warningsOf } from './warnings.ts';

export interface ReportWish {
  readonly tier: Exclude<Tier, 'basic'>;
  readonly timeoutMs: number;
  readonly byGroup: boolean;
  readonly byUser: boolean;
  readonly byKey: boolean;
}

/** A report without what only the cache knows. */
export type FreshReport = Omit<StatsReport, 'query_info'> & {
  readonly query_info: Omit<QueryInfo, 'cached' | 'cache_age_seconds' | 'cache_expires_at' | 'source'>;
};

/** Works out every figure of a statistics answer from the merged cells. */
export function buildReport(gathered: Gathered, wish: ReportWish): FreshReport {
  const { cells, asked } = gathered;
  const sums = sumAll(cells);
  return {
    query_info: queryInfoOf(gathered, wish, sums),
    summary: summaryOf(sums),
    by_service: breakdown(cells, (cell) => cell.service).map(([service_name, each]) => ({ service_name, ...sharesOf(each) })),
    by_model: breakdown(cells, (cell) => cell.model).map(([model, each]) => ({ model, ...sharesOf(each) })),
    ...(wish.byGroup
      ? { by_group: breakdown(cells, (cell) => cell.group).map(([group_id, each]) => ({ group_id, ...sharesOf(each) })) }
      : {}),
    ...(wish.byUser
      ? { by_user: breakdown(cells, (cell) => cell.user).map(([user_id, each]) => ({ user_id, ...sharesOf(each) })) }
      : {}),
    ...(wish.byKey ? { by_key: keyShares(cells) } : {}),
    time_series: timeSeriesOf(gathered),
    node_details: asked.map((node) => detailOf(node, gathered, wish.timeoutMs)),
    warning_codes: warningsOf(gathered, sums, wish.timeoutMs),
  };
}

function queryInfoOf(gathered: Gathered, wish: ReportWish, sums: StatsSums): FreshReport['query_info'] {
  const { range, asked, askedAtMs, tookMs } = gathered;
  const count = (status: NodeDetail['status']) => asked.filter(({ reply }) => reply.status === status).length;
  return {
    query_time_ms: tookMs,
    data_completeness: completenessOf(asked.length, asked.filter((node) => isKnown(node, gathered)).length),
    nodes_queried: asked.length,
    nodes_responded: count('responded'),
    nodes_timeout: count('timeout'),
    nodes_offline: count('offline'),
    nodes_failed: count('failed'),
    as_of: new Date(askedAtMs).toISOString(),
    estimated_share: estimatedShare(sums.estimated, sums.requests),
    tier: wish.tier,
    granularity: range.granularity,
    tz: range.zone,
    start: new Date(range.startMs).toISOString(),
    end: new Date(range.endMs).toISOString(),
  };
}

/** The largest share first; equal ones by name, so that the same books always give the same text. */
function breakdown(cells: readonly StatsCell[], nameOf: (cell: StatsCell) => string | undefined): [string, StatsSums][] {
  return [...sumBy(cells, (cell) => nameOf(cell) ?? '')].sort(
    ([a, left], [b, right]) =>
      right.cost_nano_usd - left.cost_nano_usd || right.requests - left.requests || (a < b ? -1 : Number(a > b)),
  );
}

function keyShares(cells: readonly StatsCell[]): NonNullable<StatsReport['by_key']> {
  const userByKey = new Map(cells.map((cell) => [cell.key ?? '', cell.user ?? '']));
  return breakdown(cells, (cell) => cell.key).map(([key_id, sums]) => ({
    key_id,
    user_id: userByKey.get(key_id) ?? '',
    ...sharesOf(sums),
  }));
}

function detailOf({ keeper, reply }: AskedNode, { range }: Gathered, timeoutMs: number): NodeDetail {
  const { answer } = reply;
  return {
    node_id: keeper.nodeId,
    node_name: keeper.name,
    state: keeper.state,
    status: reply.status,
    response_time_ms: reply.responseTimeMs === null ? null : Math.max(0, Math.round(reply.responseTimeMs)),
    last_seen: keeper.lastSeenAt?.toISOString() ?? null,
    ...(answer ? { data_range: dataRangeOf(keeper, range), requests: sumAll(answer.cells).requests } : {}),
    ...(answer?.outcome === 'partial' ? { partial: true } : {}),
    ...(reply.status === 'responded' ? {} : { error: reply.error ?? reasonOf(reply.status, timeoutMs) }),
  };
}

/** The days that the answer speaks for: the range, from when the node began on. */
function dataRangeOf(keeper: AskedNode['keeper'], range: Gathered['range']): string {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: range.zone, dateStyle: 'short' });
  return `${day.format(Math.max(range.startMs, keeper.sinceAt.getTime()))} to ${day.format(range.endMs - 1)}`;
}

function reasonOf(status: NodeDetail['status'], timeoutMs: number): string {
  if (status === 'timeout') return `Query timeout after ${timeoutMs / 1000} seconds`;
  return status === 'offline' ? 'not connected' : 'the node could not answer';
}
