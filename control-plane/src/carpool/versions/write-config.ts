import type { GroupId, QuotaId, UpstreamId } from '@aicarpool/shared-protocol';
import type { GroupConfig } from '@aicarpool/shared-protocol/console';
import { and, eq, inArray, ne, notInArray } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import type { GroupRow } from '../groups/group-access.ts';
import { writeServicePlans } from '../groups/set-group-services.ts';
import { tellProxies } from '../proxies/tell-proxies.ts';
import { carpoolGroupServices, carpoolGroups, carpoolQuotas, carpoolUpstreams } from '../tables.ts';

type Columns = Partial<typeof carpoolGroups.$inferInsert>;

/** Makes the config of a group what the document says, in the caller's transaction, which has locked the group. */
export async function writeConfig(tx: Db, ctx: Ctx, group: GroupRow, config: GroupConfig): Promise<void> {
  await tx
    .update(carpoolGroups)
    .set({ ...columnsOf(ctx, group, config), updatedAt: ctx.clock.now() })
    .where(eq(carpoolGroups.id, group.id));
  await writeServices(tx, group.id, config.services);
  await writeQuotas(tx, ctx, group.id, config.quotas);
  await writeAccounts(tx, ctx, group.id, config.accounts);
  await tellProxies(tx, ctx, group.id);
}

function columnsOf(ctx: Ctx, before: GroupRow, { group }: GroupConfig): Columns {
  const egress = group.egress && {
    ...group.egress,
    version: (before.egress?.version ?? 0) + 1,
    updatedAt: ctx.clock.now().toISOString(),
  };
  return {
    name: group.name,
    description: group.description,
    maxMembers: group.max_members,
    maxKeysPerUser: group.max_keys_per_user,
    deploymentMode: group.deployment_mode,
    deploymentNodeIds: group.deployment_node_ids as Columns['deploymentNodeIds'],
    timeZone: group.time_zone,
    configValidS: group.config_valid_s,
    failoverEnabled: group.failover_enabled,
    failoverConditions: group.failover_conditions,
    routing: group.routing as NonNullable<Columns['routing']>,
    limits: group.limits as NonNullable<Columns['limits']>,
    deniedFeatures: group.denied_features,
    egress,
    globalQuotaConfig: group.global_quota_config,
    costLimits: group.cost_limits,
  };
}

async function writeServices(tx: Db, groupId: GroupId, services: GroupConfig['services']): Promise<void> {
  const kept = services.map(({ service_id }) => service_id);
  await tx
    .delete(carpoolGroupServices)
    .where(and(eq(carpoolGroupServices.groupId, groupId), notInArray(carpoolGroupServices.serviceId, kept)));
  const plans = services.map((service) => ({
    serviceId: service.service_id,
    enabled: service.enabled,
    priority: service.priority,
    weight: service.weight,
    modelWhitelist: service.model_whitelist,
    modelBlacklist: service.model_blacklist,
    authMethod: service.auth_method,
    quotaConfig: service.quota_config,
    proxyEnabled: service.proxy_enabled,
    modelAliases: service.model_aliases,
  }));
  await writeServicePlans(tx, groupId, plans);
}

/** A rule that comes back has its old id, and with it what was used of it. */
async function writeQuotas(tx: Db, ctx: Ctx, groupId: GroupId, quotas: GroupConfig['quotas']): Promise<void> {
  const now = ctx.clock.now();
  const ids = quotas.map(({ id }) => id as QuotaId);
  await tx
    .delete(carpoolQuotas)
    .where(and(eq(carpoolQuotas.groupId, groupId), ne(carpoolQuotas.origin, 'key'), notInArray(carpoolQuotas.id, ids)));
  for (const quota of quotas) {
    const {
      id,
      of,
      subject,
      service_id: serviceId,
      unit,
      window,
      limit,
      mode,
      when_dry: whenDry,
      overdraft,
      strict,
      origin,
    } = quota;
    const rule = { of, subject, serviceId, unit, window };
    const terms = {
      limit,
      mode,
      whenDry,
      maxOutputTokens: quota.max_output_tokens,
      overdraft,
      strict,
      alertPercent: quota.alert_percent,
      origin,
    };
    await tx
      .insert(carpoolQuotas)
      .values({ id: id as QuotaId, groupId, ...rule, ...terms, createdAt: now, updatedAt: now })
      .onConflictDoUpdate({
        target: carpoolQuotas.id,
        set: { ...rule, ...terms, updatedAt: now },
        setWhere: eq(carpoolQuotas.groupId, groupId),
      });
  }
}

async function writeAccounts(tx: Db, ctx: Ctx, groupId: GroupId, accounts: GroupConfig['accounts']): Promise<void> {
  // Names are unique in a group: two accounts that change names must not meet on the way.
  const ids = accounts.map(({ id }) => id as UpstreamId);
  if (ids.length === 0) return;
  const rows = await tx
    .select()
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId), inArray(carpoolUpstreams.id, ids)));
  const wanted = new Map(accounts.map((account) => [account.id as string, account]));
  const renamed = rows.filter((row) => wanted.get(row.id)?.name !== row.name);
  for (const { id } of renamed)
    await tx
      .update(carpoolUpstreams)
      .set({ name: `renaming ${id}` })
      .where(eq(carpoolUpstreams.id, id));
  for (const row of rows) {
    const account = wanted.get(row.id);
    if (!account) continue;
    const { name, base_url: baseUrl, priority, weight, status, concurrency, proxy_id } = account;
    await tx
      .update(carpoolUpstreams)
      .set({
        name,
        baseUrl,
        priority,
        weight,
        status,
        concurrency,
        proxyId: proxy_id as typeof row.proxyId,
        updatedAt: ctx.clock.now(),
      })
      .where(eq(carpoolUpstreams.id, row.id));
  }
}
