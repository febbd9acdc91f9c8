import type { GroupId } from '@aicarpool/shared-protocol';
import type { GroupServices } from '@aicarpool/shared-protocol/console';
import { and, count, eq, isNotNull } from 'drizzle-orm';
import { allow, type Ctx, type Db } from '../../kernel/index.ts';
import { fieldsOfService, idleFields } from '../quotas/rules/field-rules.ts';
import { readRules } from '../quotas/rules/read-rules.ts';
import type { QuotaRow } from '../quotas/rules/rule.ts';
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
  const rules = await readRules(db, group.id);
  const enabled = services.filter((service) => service.enabled).map((service) => service.serviceId);
  return {
    primary_service: enabled[0] ?? null,
    enabled_services: enabled,
    service_failover_enabled: group.failoverEnabled,
    failover: group.failoverConditions,
    services: services.map((service) => toView(service, rules)),
    notices: noticesOf(services),
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
    .select({ serviceId: carpoolUpstreams.serviceId, isOwn: isNotNull(carpoolUpstreams.ownerId), count: count() })
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId), eq(carpoolUpstreams.status, 'active')))
    .groupBy(carpoolUpstreams.serviceId, isNotNull(carpoolUpstreams.ownerId));
  const activeAccounts = new Map(accounts.map((row) => [nameOf(row.serviceId, row.isOwn === true), row.count]));
  return rows
    .map(({ plan, serviceStatus }) => ({
      ...plan,
      serviceStatus,
      activeAccounts: activeAccounts.get(nameOf(plan.serviceId, plan.authMethod === 'individual_keys')) ?? 0,
    }))
    .sort(byPriority);
}

const nameOf = (serviceId: string, isOwn: boolean) => `${isOwn ? 'own' : 'shared'}/${serviceId}`;

function toView(service: ServicePlan & ServiceReadiness, rules: readonly QuotaRow[]): GroupServices['services'][number] {
  return {
    service_id: service.serviceId,
    service_name: service.serviceId,
    enabled: service.enabled,
    priority: service.priority,
    auth_method: service.authMethod,
    quota_config: fieldsOfService(service.serviceId, service.quotaConfig, rules),
    model_whitelist: service.modelWhitelist,
    model_blacklist: service.modelBlacklist,
    proxy_enabled: service.proxyEnabled,
    model_aliases: service.modelAliases,
    weight: service.weight,
    health: null,
    status: readinessOf(service),
    last_used_at: null,
  };
}

// What is kept but has no effect must say so: a limit that nobody enforces is worse than none.
function noticesOf(services: readonly ServicePlan[]): string[] {
  const notices: string[] = [];
  const idle = new Set(services.flatMap((service) => idleFields(service.quotaConfig)));
  if (idle.size > 0) notices.push(`kept in quota_config, but without effect: ${[...idle].join(', ')}`);
  if (services.some((service) => service.authMethod === 'individual_keys')) {
    notices.push('where auth_method is individual_keys each member adds an account of his own: POST /user/upstream-accounts');
  }
  return notices;
}
