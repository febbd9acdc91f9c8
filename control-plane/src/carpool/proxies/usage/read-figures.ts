import type { ProxyId } from '@aicarpool/shared-protocol';
import { and, gte, inArray, sql } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/index.ts';
import { carpoolProxyHours, carpoolProxyPulses } from '../../tables.ts';

/** What nodes told of a proxy lately. */
export interface ProxyFigures {
  readonly connections: number;
  readonly requestsToday: number;
  /** Percent of the requests of the last 24 hours; null: none. */
  readonly successRate: number | null;
  readonly latencyMs: number | null;
}

export const noFigures: ProxyFigures = { connections: 0, requestsToday: 0, successRate: null, latencyMs: null };

/** Two heartbeats, and a little. */
const pulseLivesMs = 150_000;
const dayMs = 86_400_000;

export async function readFigures(ctx: Pick<Ctx, 'db' | 'clock'>, ids: readonly ProxyId[]): Promise<Map<ProxyId, ProxyFigures>> {
  if (ids.length === 0) return new Map();
  const nowMs = ctx.clock.now().getTime();
  const today = new Date(nowMs - (nowMs % dayMs)).toISOString();
  const { proxyId, hour, requests, failures } = carpoolProxyHours;
  const hours = await ctx.db
    .select({
      proxyId,
      requests: sql<string>`sum(${requests})`,
      failures: sql<string>`sum(${failures})`,
      today: sql<string>`coalesce(sum(${requests}) FILTER (WHERE ${hour} >= ${today}::timestamptz), 0)`,
    })
    .from(carpoolProxyHours)
    .where(and(inArray(proxyId, [...ids]), gte(hour, new Date(nowMs - dayMs))))
    .groupBy(proxyId);
  const pulses = await ctx.db
    .select()
    .from(carpoolProxyPulses)
    .where(and(inArray(carpoolProxyPulses.proxyId, [...ids]), gte(carpoolProxyPulses.at, new Date(nowMs - pulseLivesMs))));
  const byProxy = Map.groupBy(pulses, (pulse) => pulse.proxyId);
  return new Map(
    ids.map((id) => {
      const row = hours.find((one) => one.proxyId === id);
      const health = (byProxy.get(id) ?? []).map((pulse) => pulse.health);
      const latencies = health.flatMap(({ latency_ms }) => latency_ms ?? []);
      return [
        id,
        {
          connections: health.reduce((sum, { connections }) => sum + connections, 0),
          requestsToday: Number(row?.today ?? 0),
          successRate: percentOf(Number(row?.requests ?? 0), Number(row?.failures ?? 0)),
          latencyMs: latencies.length === 0 ? null : rounded(latencies.reduce((a, b) => a + b, 0) / latencies.length),
        },
      ];
    }),
  );
}

/** A request may fail twice: on its way through, and again through the next connection. */
export function percentOf(requests: number, failures: number): number | null {
  return requests === 0 ? null : rounded((Math.max(0, requests - failures) / requests) * 100);
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
