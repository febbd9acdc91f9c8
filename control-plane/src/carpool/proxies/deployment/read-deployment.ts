import type { GroupId, ProxyId } from '@aicarpool/shared-protocol';
import type { DeploymentConfig } from '@aicarpool/shared-protocol/console';
import { and, asc, eq, gte, inArray, sql } from 'drizzle-orm';
import { allow, type Ctx } from '../../../kernel/index.ts';
import { assertManager, type GroupRow, getGroupAccess } from '../../groups/group-access.ts';
import { carpoolGroupServices, carpoolProxies, carpoolProxyGroupHours } from '../../tables.ts';
import { percentOf, readFigures, rounded } from '../usage/read-figures.ts';

const dayMs = 86_400_000;

/** What a group that never set anything does. */
export const defaultEgress = { strategy: 'geo_optimal', proxies: [], sticky: true, members: {}, direct_fallback: true } as const;

/** How requests of a group leave, for its managers. They see which proxies there are, and neither where nor what they cost. */
export async function getDeployment(ctx: Ctx, groupId: string): Promise<DeploymentConfig> {
  allow(ctx, 'carpool.deployment.read');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  assertManager(access);
  return await viewDeployment(ctx, access.group);
}

export async function viewDeployment(ctx: Pick<Ctx, 'db' | 'clock'>, group: GroupRow): Promise<DeploymentConfig> {
  const { egress } = group;
  const { strategy, proxies, sticky, members, direct_fallback } = egress ?? defaultEgress;
  const shown = await ctx.db
    .select()
    .from(carpoolProxies)
    .where(inArray(carpoolProxies.status, ['active', 'error']))
    .orderBy(asc(carpoolProxies.name), asc(carpoolProxies.id));
  const direct = await ctx.db
    .select({ id: carpoolGroupServices.serviceId })
    .from(carpoolGroupServices)
    .where(
      and(
        eq(carpoolGroupServices.groupId, group.id),
        eq(carpoolGroupServices.enabled, true),
        eq(carpoolGroupServices.proxyEnabled, false),
      ),
    )
    .orderBy(asc(carpoolGroupServices.serviceId));
  return {
    group_id: group.id,
    deployment_mode: group.deploymentMode,
    config: {
      proxy_strategy: strategy,
      proxy_pool_ids: [...proxies],
      sticky_session: sticky,
      member_proxies: members,
      fallback_enabled: direct_fallback,
    },
    available_proxies: shown.map(({ id, name, type, country, city, status }) => ({
      id,
      name,
      proxy_type: type,
      country,
      city,
      status,
    })),
    services_without_proxies: direct.map(({ id }) => id),
    performance_stats: await readPerformance(ctx, group.id, proxies as readonly ProxyId[]),
    config_version: egress?.version ?? 0,
    last_updated: egress?.updatedAt ?? null,
  };
}

async function readPerformance(ctx: Pick<Ctx, 'db' | 'clock'>, groupId: GroupId, pool: readonly ProxyId[]) {
  const { requests, failures, hour } = carpoolProxyGroupHours;
  const since = new Date(ctx.clock.now().getTime() - dayMs);
  const [row] = await ctx.db
    .select({ requests: sql<string>`coalesce(sum(${requests}), 0)`, failures: sql<string>`coalesce(sum(${failures}), 0)` })
    .from(carpoolProxyGroupHours)
    .where(and(eq(carpoolProxyGroupHours.groupId, groupId), gte(hour, since)));
  const figures = [...(await readFigures(ctx, pool)).values()];
  const latencies = figures.flatMap(({ latencyMs }) => latencyMs ?? []);
  const room =
    pool.length === 0
      ? []
      : await ctx.db
          .select({ max: carpoolProxies.maxConcurrent })
          .from(carpoolProxies)
          .where(inArray(carpoolProxies.id, [...pool]));
  const capacity = room.reduce((sum, { max }) => sum + max, 0);
  const open = figures.reduce((sum, { connections }) => sum + connections, 0);
  return {
    avg_latency_ms: latencies.length === 0 ? null : rounded(latencies.reduce((a, b) => a + b, 0) / latencies.length),
    success_rate: percentOf(Number(row?.requests ?? 0), Number(row?.failures ?? 0)),
    current_load: capacity === 0 ? 0 : rounded((open / capacity) * 100),
  };
}
