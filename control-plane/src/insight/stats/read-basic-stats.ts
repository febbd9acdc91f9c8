import { averageMs, completenessOf, successRatePercent } from '@aicarpool/shared-protocol';
import type { BasicStats } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx } from '../../kernel/index.ts';
import { answerOnce, findLastAnswer, type Kept } from '../cache/answer-once.ts';
import { lifetimeMs, tiers } from '../cache/tiers.ts';
import type { BookKeeper, GroupView, InsightParts } from '../ports.ts';
import type { StatsRange } from '../time/stats-range.ts';
import { startOfDayMs, wallTimeAt } from '../time/wall-clock.ts';
import { askFleet, type Gathered } from './ask-fleet.ts';
import { healthOf } from './service-health.ts';
import { sumAll, sumBy } from './sum-cells.ts';
import { answeredInFull } from './time-series.ts';
import { warningsOf } from './warnings.ts';

type Figures = Pick<BasicStats, 'real_time_metrics' | 'service_health'> & {
  readonly info: Pick<BasicStats['query_info'], 'nodes_alive' | 'nodes_total' | 'nodes_responded' | 'data_completeness' | 'tz'>;
  readonly warnings: string[];
};

const hourMs = 3_600_000;

/** A few figures of now, for a screen that is always open: kept one minute, and shown older when no node answers. */
export async function readBasicStats(
  ctx: Ctx,
  parts: InsightParts,
  input: { readonly groupId: string; readonly force_refresh: boolean },
): Promise<{ data: BasicStats; warnings: string[] }> {
  allow(ctx, 'insight.stats.read');
  const group = await parts.carpool.getGroup(ctx, input.groupId);
  const userIds = group.seesAll || ctx.actor.kind !== 'user' ? null : [ctx.actor.userId];
  const name = { basic: group.groupId, users: userIds, tz: group.timeZone };
  const last = await findLastAnswer<Figures>(ctx, name);
  const kept = await answerOnce<Figures>(ctx, parts.flights, { name, forceRefresh: input.force_refresh }, async () => {
    const body = await workOut(ctx, parts, group, userIds);
    const { data_completeness: completeness } = body.info;
    return { body, lifetimeMs: lifetimeMs('basic', { completeness, requests: 1, reachesPresent: true }) };
  });
  const silent = kept.body.info.nodes_responded === 0 && kept.body.info.nodes_total > 0;
  const shown = silent && last && last.body.info.nodes_responded > 0 ? { ...last, expiresAt: kept.expiresAt } : kept;
  return replyOf(ctx, shown, kept.body.warnings);
}

async function workOut(ctx: Ctx, parts: InsightParts, group: GroupView, userIds: string[] | null): Promise<Figures> {
  const range = todayAndLastHour(group.timeZone, ctx.clock.now().getTime());
  const keepers = await parts.fleet.bookKeepers(ctx, group.groupId);
  const gathered = await askFleet(ctx, parts.fleet, keepers, {
    range: range.whole,
    filter: { group_ids: [group.groupId], key_ids: null, user_ids: userIds, services: null },
    by: ['bucket', 'service'],
    timeoutMs: tiers.basic.timeoutMs,
  });
  return { ...figuresOf(gathered, group, range), warnings: warningsIn(gathered) };
}

interface TwoSpans {
  readonly whole: StatsRange;
  readonly isToday: (bucket: number) => boolean;
  readonly isLastHour: (bucket: number) => boolean;
}

/** Buckets that begin at midnight and an hour ago, whichever comes first, so that one question answers both. */
function todayAndLastHour(zone: string, nowMs: number): TwoSpans {
  const wall = wallTimeAt(zone, nowMs);
  const midnightMs = startOfDayMs(zone, wall.year, wall.month, wall.day);
  const hourAgoMs = nowMs - hourMs;
  // A minute is left for the clocks of nodes that run ahead of ours.
  const endMs = nowMs + 60_000;
  const edgesMs = [...new Set([Math.min(midnightMs, hourAgoMs), Math.max(midnightMs, hourAgoMs), endMs])];
  const startsAt = (bucket: number) => edgesMs[bucket] ?? endMs;
  return {
    whole: { zone, granularity: 'hour', startMs: startsAt(0), endMs, edgesMs, reachesPresent: true, name: 'basic' },
    isToday: (bucket) => startsAt(bucket) >= midnightMs,
    isLastHour: (bucket) => startsAt(bucket) >= hourAgoMs,
  };
}

function figuresOf({ asked, cells }: Gathered, group: GroupView, range: TwoSpans): Omit<Figures, 'warnings'> {
  const lastHour = cells.filter((cell) => range.isLastHour(cell.bucket ?? 0));
  const recent = sumAll(lastHour);
  const byService = sumBy(lastHour, (cell) => cell.service ?? '');
  const names = [...new Set([...group.services, ...byService.keys()])].sort();
  return {
    info: {
      nodes_alive: asked.filter(({ keeper }) => keeper.online).length,
      nodes_total: asked.filter(({ keeper }) => keeper.state !== 'retired').length,
      nodes_responded: asked.filter(({ reply }) => reply.status === 'responded').length,
      data_completeness: completenessOf(asked.length, asked.filter(answeredInFull).length),
      tz: range.whole.zone,
    },
    real_time_metrics: {
      active_requests: activeOn(asked.map(({ keeper }) => keeper)),
      total_requests_today: sumAll(cells.filter((cell) => range.isToday(cell.bucket ?? 0))).requests,
      current_success_rate: successRatePercent(recent),
      avg_response_time_last_hour: averageMs(recent.duration_sum_ms, recent.requests),
    },
    service_health: names.map((service_name) => healthOf(service_name, byService.get(service_name))),
  };
}

/** Null when no living node has said how busy it is. */
function activeOn(keepers: readonly BookKeeper[]): number | null {
  const said = keepers.flatMap((keeper) => (keeper.online && keeper.activeRequests !== null ? [keeper.activeRequests] : []));
  return said.length === 0 ? null : said.reduce((sum, each) => sum + each, 0);
}

function warningsIn(gathered: Gathered): string[] {
  return warningsOf(gathered, sumAll([]), tiers.basic.timeoutMs).map((warning) => warning.message);
}

function replyOf(
  ctx: Ctx,
  { body, cached, askedAt, expiresAt }: Kept<Figures>,
  warnings: string[],
): { data: BasicStats; warnings: string[] } {
  const ageMs = cached ? ctx.clock.now().getTime() - askedAt.getTime() : 0;
  return {
    data: {
      query_info: {
        cached,
        cache_age_seconds: Math.max(0, Math.floor(ageMs / 1000)),
        ...body.info,
        as_of: askedAt.toISOString(),
        cache_expires_at: expiresAt.toISOString(),
      },
      real_time_metrics: body.real_time_metrics,
      service_health: body.service_health,
    },
    warnings,
  };
}
