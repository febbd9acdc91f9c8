import type { GroupId } from '@aicarpool/shared-protocol';
import type { GroupServices } from '@aicarpool/shared-protocol/console';
import { and, count, eq } from 'drizzle-orm';
import { allow, type Ctx, type Db } from '../../kernel/index.ts';
import { carpoolGroupServices, carpoolServices, carpoolUpstreams } from '../tables.ts';
import { type GroupRow, getGroupAccess } from './group-access.ts';
import { readinessOf, type ServiceReadiness } from './group-states.ts';
import { byPriority, type ServicePlan } from './plan-services.ts';

/** How a group uses its services, for its members. 404 `group_unknown`. */
export async function getGroupServices(ctx: Ctx, groupId: string): Promise<GroupServices> {
  allow(ctx, 'carpool.group.read');
  const { group } = await getGroupAccess(ctx.db, ctx, groupId);
  return await readGroupServices(ctx.db, group);
}

export async function readGroupServices(db: Db, group: GroupRow): Promise<GroupServices> {
  const services = await readServicePlans(db, group.id);
  const enabled = services.filter((service) => service.enabled).map((service) => service.serviceId);
  return {
    primary_service: enabled[0] ?? null,
    enabled_services: enabled,
    service_failover_enabled: group.failoverEnabled,
    failover: group.failoverConditions,
    services: services.map(toView),
    notices: noticesOf(group, services),
  };
}

/** The services of a group in the order in which they are tried, with what says whether they can serve. */
export async function readServicePlans(db: Db, groupId: GroupId): Promise<(ServicePlan & ServiceReadiness)[]> {
  const rows = await db
    .select({ plan: carpoolGroupServices, serviceStatus: carpoolServices.status })
    .from(carpoolGroupServices)
    .innerJoin(carpoolServices, eq(carpoolServices.id, carpoolGroupServices.serviceId))
    .where(eq(carpoolGroupServices.groupId, groupId));
  const accounts = await db
    .select({ serviceId: carpoolUpstreams.serviceId, count: count() })
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId), eq(carpoolUpstreams.status, 'active')))
    .groupBy(carpoolUpstreams.serviceId);
  const activeAccounts = new Map(accounts.map((row) => [row.serviceId, row.count]));
  return rows
    .map(({ plan, serviceStatus }) => ({ ...plan, serviceStatus, activeAccounts: activeAccounts.get(plan.serviceId) ?? 0 }))
    .sort(byPriority);
}

function toView(service: ServicePlan & ServiceReadiness): GroupServices['services'][number] {
  return {
    service_id: service.serviceId,
    service_name: service.serviceId,
    enabled: service.enabled,
    priority: service.priority,
    auth_method: service.authMethod,
    quota_config: service.quotaConfig,
    model_whitelist: service.modelWhitelist,
    model_blacklist: service.modelBlacklist,
    proxy_enabled: service.proxyEnabled,
    weight: service.weight,
    status: readinessOf(service),
    last_used_at: null,
  };
}

// What is kept but has no effect must say so: a limit that nobody enforces is worse than none.
function noticesOf(group: GroupRow, services: readonly ServicePlan[]): string[] {
  const notices: string[] = [];
  if (services.some((service) => service.quotaConfig !== null)) {
    notices.push('quota_config is kept; this version does not enforce it yet');
  }
  if (services.some((service) => service.authMethod !== 'shared_account')) {
    notices.push('only auth_method shared_account has an effect: requests are served by the accounts of the group');
  }
  if (services.some((service) => service.proxyEnabled)) notices.push('proxy_enabled is kept; there are no outbound proxies yet');
  if (Object.keys(group.failoverConditions).length > 0) {
    notices.push(
      'trigger_conditions and recovery_conditions are kept; a request goes on to the next service whenever one fails before its first byte',
    );
  }
  return notices;
}
