import type { ProxyUsage, ProxyUsageQuery } from '@aicarpool/shared-protocol/console';
import { and, asc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import { allow, type Ctx } from '../../../kernel/index.ts';
import { carpoolGroups, carpoolProxyGroupHours, carpoolProxyHours, carpoolProxyMembers } from '../../tables.ts';
import { readProxy } from '../proxy-access.ts';
import { percentOf, rounded } from './read-figures.ts';
import { monthsIn, type UsageWindow, usageWindow } from './usage-window.ts';

const topGroupsAtMost = 10;
type HourRow = typeof carpoolProxyHours.$inferSelect;

/** What a proxy carried, from what nodes told at their heartbeats. 404 `proxy_unknown`. */
export async function readProxyUsage(ctx: Ctx, query: ProxyUsageQuery): Promise<ProxyUsage> {
  allow(ctx, 'carpool.proxy.read');
  const proxy = await readProxy(ctx.db, query.proxyId);
  const now = ctx.clock.now();
  const window = usageWindow(query, now);
  const within = { ...query, window };
  const hours = await readHours(ctx, within);
  const groups = await readGroups(ctx, within);
  const users = await countUsers(ctx, within);
  const ofGroup = query.group_id !== undefined;
  const rows = ofGroup ? groups : hours;
  const requests = sum(rows, 'requests');
  const failures = Math.min(sum(rows, 'failures'), requests);
  const costNanoUsd = proxy.costPerMonthNanoUsd === null ? null : proxy.costPerMonthNanoUsd * monthsIn(window, now);
  const share = ofGroup && sum(hours, 'requests') > 0 ? requests / sum(hours, 'requests') : 1;
  const cost = costNanoUsd === null ? null : (costNanoUsd * share) / 1e9;
  return {
    proxy_id: proxy.id,
    period: query.period,
    date_range: { start: dayOf(window.startAt), end: dayOf(new Date(window.endAt.getTime() - 1)) },
    statistics: {
      total_requests: requests,
      successful_requests: requests - failures,
      failed_requests: failures,
      success_rate: percentOf(requests, failures),
      avg_response_time_ms: averageLatency(hours),
      total_data_transferred_mb: ofGroup ? null : rounded(sum(hours, 'bytes') / 1_000_000),
      unique_users: users,
      peak_concurrent_connections: Math.max(0, ...hours.map(({ peakConnections }) => peakConnections)),
      cost_analysis: {
        estimated_cost: cost === null ? null : rounded(cost),
        cost_per_request: cost === null || requests === 0 ? null : Number((cost / requests).toFixed(9)),
      },
    },
    hourly_breakdown: breakDown(rows, hours),
    top_groups: await topGroups(ctx, groups),
  };
}

interface Within {
  readonly proxyId: HourRow['proxyId'];
  readonly group_id?: ProxyUsageQuery['group_id'];
  readonly window: UsageWindow;
}

async function readHours(ctx: Ctx, { proxyId, window }: Within): Promise<HourRow[]> {
  const { hour } = carpoolProxyHours;
  const inside = and(eq(carpoolProxyHours.proxyId, proxyId), gte(hour, window.startAt), lt(hour, window.endAt));
  return await ctx.db.select().from(carpoolProxyHours).where(inside).orderBy(asc(hour));
}

async function readGroups(ctx: Ctx, { proxyId, group_id, window }: Within) {
  const { hour, groupId } = carpoolProxyGroupHours;
  const inside = and(eq(carpoolProxyGroupHours.proxyId, proxyId), gte(hour, window.startAt), lt(hour, window.endAt));
  return await ctx.db
    .select()
    .from(carpoolProxyGroupHours)
    .where(and(inside, group_id && eq(groupId, group_id)))
    .orderBy(asc(hour));
}

async function countUsers(ctx: Ctx, { proxyId, group_id, window }: Within): Promise<number> {
  const { hour, groupId, userId } = carpoolProxyMembers;
  const inside = and(eq(carpoolProxyMembers.proxyId, proxyId), gte(hour, window.startAt), lt(hour, window.endAt));
  const [row] = await ctx.db
    .select({ users: sql<string>`count(DISTINCT ${userId})` })
    .from(carpoolProxyMembers)
    .where(and(inside, group_id && eq(groupId, group_id)));
  return Number(row?.users ?? 0);
}

type Counted = Pick<HourRow, 'hour' | 'requests' | 'failures'>;

function breakDown(rows: readonly Counted[], hours: readonly HourRow[]): ProxyUsage['hourly_breakdown'] {
  const byHour = Map.groupBy(rows, ({ hour }) => hour.getUTCHours());
  return [...byHour]
    .sort(([a], [b]) => a - b)
    .map(([hour, counted]) => {
      const requests = sum(counted, 'requests');
      return {
        hour,
        requests,
        avg_latency_ms: averageLatency(hours.filter((row) => row.hour.getUTCHours() === hour)),
        success_rate: percentOf(requests, sum(counted, 'failures')),
      };
    });
}

async function topGroups(ctx: Ctx, rows: Awaited<ReturnType<typeof readGroups>>): Promise<ProxyUsage['top_groups']> {
  const all = sum(rows, 'requests');
  const byGroup = [...Map.groupBy(rows, ({ groupId }) => groupId)].map(([id, counted]) => ({
    id,
    requests: sum(counted, 'requests'),
  }));
  const top = byGroup.sort((a, b) => b.requests - a.requests).slice(0, topGroupsAtMost);
  if (top.length === 0) return [];
  const names = await ctx.db
    .select({ id: carpoolGroups.id, name: carpoolGroups.name })
    .from(carpoolGroups)
    .where(
      inArray(
        carpoolGroups.id,
        top.map(({ id }) => id),
      ),
    );
  return top.map(({ id, requests }) => ({
    group_id: id,
    group_name: names.find((one) => one.id === id)?.name ?? '',
    request_count: requests,
    percentage: all === 0 ? 0 : rounded((requests / all) * 100),
  }));
}

function averageLatency(rows: readonly Pick<HourRow, 'latencySumMs' | 'latencyCount'>[]): number | null {
  const samples = sum(rows, 'latencyCount');
  return samples === 0 ? null : rounded(sum(rows, 'latencySumMs') / samples);
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], name: K): number {
  return rows.reduce((total, row) => total + row[name], 0);
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
