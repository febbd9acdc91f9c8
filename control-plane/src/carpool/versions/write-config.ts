import type { GroupId, UpstreamId } from '@aicarpool/shared-protocol';
import type { GroupConfig } from '@aicarpool/shared-protocol/console';
import { and, eq, inArray, ne, notInArray } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import type { GroupRow } from '../groups/group-access.ts';
import { writeServicePlans } from '../groups/set-group-services.ts';
import { tellProxies } from '../proxies/tell-proxies.ts';
import { readRules } from '../quotas/rules/read-rules.ts';
import { isLimitOfKey, nameOfPlace, placeIn, type QuotaRow, quotaIdOf, type RulePlace } from '../quotas/rules/rule.ts';
import { writeRules } from '../quotas/rules/write-rules.ts';
import { carpoolGroupServices, carpoolGroups, carpoolQuotas, carpoolUpstreams } from '../tables.ts';

type Columns = Partial<typeof carpoolGroups.$inferInsert>;

/** Makes the config of a group what the document says, in the caller's transaction, which has locked the group. */
export async function writeConfig(tx: Db, ctx: Ctx, group: GroupRow, config: GroupConfig, reason: string): Promise<void> {
  await tx
    .update(carpoolGroups)
    .set({ ...columnsOf(ctx, group, config), updatedAt: ctx.clock.now() })
    .where(eq(carpoolGroups.id, group.id));
  await writeServices(tx, group.id, config.services);
  await writeQuotas(tx, ctx, group.id, config.quotas, reason);
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

/** With a line in their history for each, and checked together: what one of them allows another may need. */
async function writeQuotas(tx: Db, ctx: Ctx, groupId: GroupId, quotas: GroupConfig['quotas'], reason: string): Promise<void> {
  const wishes = quotas.map((quota) => {
    const { of, subject, service_id: serviceId, unit, window, limit, mode, when_dry: whenDry, overdraft, strict } = quota;
    const more = { maxOutputTokens: quota.max_output_tokens, alertPercent: quota.alert_percent };
    return {
      origin: quota.origin,
      place: { of, subject, serviceId, unit, window },
      terms: { limit, mode, whenDry, overdraft, strict, ...more },
    };
  });
  const kept = new Set(wishes.map(({ place }) => nameOfPlace(place)));
  const held = await readRules(tx, groupId);
  const gone = held.filter((row) => row.origin !== 'key' && !isLimitOfKey(row) && !kept.has(nameOfPlace(row)));
  const leaving = gone.map((row) => ({ place: placeIn(row), terms: null }));
  await writeRules(tx, ctx, groupId, [...leaving, ...wishes], { origin: 'quota', reason });
  // Rules that came with a field of the group or of a service go with it, too.
  for (const { place, origin } of wishes) {
    const id = idAt(held, groupId, place);
    await tx
      .update(carpoolQuotas)
      .set({ origin })
      .where(and(eq(carpoolQuotas.id, id), ne(carpoolQuotas.origin, origin)));
  }
}

function idAt(held: readonly QuotaRow[], groupId: GroupId, place: RulePlace): QuotaRow['id'] {
  return held.find((row) => nameOfPlace(row) === nameOfPlace(place))?.id ?? quotaIdOf(groupId, place);
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
