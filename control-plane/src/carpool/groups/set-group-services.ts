import type { GroupId } from '@aicarpool/shared-protocol';
import type { FailoverChange, GroupServiceInput, GroupServices, GroupServicesChange } from '@aicarpool/shared-protocol/console';
import { eq, sql } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, inTransaction } from '../../kernel/index.ts';
import { restOfService, rulesOfService } from '../quotas/rules/field-rules.ts';
import { writeRules } from '../quotas/rules/write-rules.ts';
import { carpoolGroupServices, carpoolGroups, carpoolServices } from '../tables.ts';
import { getGroupAccess, getManagedGroup } from './group-access.ts';
import { credentialNotices, planServices, reorder, type ServicePlan } from './plan-services.ts';
import { readGroupServices, readServicePlans } from './read-group-services.ts';

/** Sets which services a group uses, and how. Services that are not named stay with the group, switched off. */
export async function setGroupServices(ctx: Ctx, groupId: string, change: GroupServicesChange): Promise<GroupServices> {
  let warnings: readonly string[] = [];
  const services = await changeServices(ctx, groupId, async (tx, current, id) => {
    const plans = planServices(current, change, await knownServices(tx));
    await writeServicePlans(tx, id, plans);
    warnings = await writeServiceRules(tx, ctx, id, change.services);
    if (change.service_failover_enabled !== undefined) {
      await tx.update(carpoolGroups).set({ failoverEnabled: change.service_failover_enabled }).where(eq(carpoolGroups.id, id));
    }
  });
  return { ...services, notices: [...services.notices, ...warnings, ...credentialNotices(change.services)] };
}

/** Sets whether, and in which order, a request goes on to the next service of a group. */
export async function setFailover(ctx: Ctx, groupId: string, change: FailoverChange): Promise<GroupServices> {
  return await changeServices(ctx, groupId, async (tx, current, id) => {
    const { enabled: failoverEnabled, failover_chain: chain, trigger_conditions, recovery_conditions } = change;
    if (chain) await writeServicePlans(tx, id, reorder(current, chain));
    const failoverConditions = {
      ...(trigger_conditions && { trigger_conditions }),
      ...(recovery_conditions && { recovery_conditions }),
    };
    await tx.update(carpoolGroups).set({ failoverEnabled, failoverConditions }).where(eq(carpoolGroups.id, id));
  });
}

async function changeServices(
  ctx: Ctx,
  groupId: string,
  change: (tx: Db, current: readonly ServicePlan[], id: GroupId) => Promise<void>,
): Promise<GroupServices> {
  allow(ctx, 'carpool.group.update');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const before = await readGroupServices(tx, group);
    await change(tx, await readServicePlans(tx, group.id), group.id);
    await tx.update(carpoolGroups).set({ updatedAt: ctx.clock.now() }).where(eq(carpoolGroups.id, group.id));
    const after = await readGroupServices(tx, (await getGroupAccess(tx, ctx, groupId)).group);
    await audit(tx, ctx, {
      action: 'carpool.group.update',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before,
      after,
    });
    return after;
  });
}

export async function knownServices(tx: Db): Promise<ReadonlySet<string>> {
  return new Set((await tx.select({ id: carpoolServices.id }).from(carpoolServices)).map(({ id }) => id));
}

/** Writes the limits of the services that are named; gives what should be known of them. */
export async function writeServiceRules(
  tx: Db,
  ctx: Ctx,
  groupId: GroupId,
  inputs: readonly GroupServiceInput[] | undefined,
): Promise<readonly string[]> {
  const wishes = (inputs ?? []).flatMap((input) => rulesOfService(input.service_name, input.quota_config ?? null));
  const { warnings } = await writeRules(tx, ctx, groupId, wishes, { origin: 'service' });
  return warnings.map(({ message }) => message);
}

/** Writes the plans of a group; rows that they do not name are left alone. */
export async function writeServicePlans(tx: Db, groupId: GroupId, plans: readonly ServicePlan[]): Promise<void> {
  if (plans.length === 0) return;
  await tx
    .insert(carpoolGroupServices)
    .values(plans.map((plan) => rowOf(groupId, plan)))
    .onConflictDoUpdate({
      target: [carpoolGroupServices.groupId, carpoolGroupServices.serviceId],
      set: {
        enabled: sql`excluded.enabled`,
        priority: sql`excluded.priority`,
        weight: sql`excluded.weight`,
        modelWhitelist: sql`excluded.model_whitelist`,
        modelBlacklist: sql`excluded.model_blacklist`,
        authMethod: sql`excluded.auth_method`,
        quotaConfig: sql`excluded.quota_config`,
        proxyEnabled: sql`excluded.proxy_enabled`,
        modelAliases: sql`excluded.model_aliases`,
      },
    });
}

// A plan that was read with more than its row (readiness) is written without it.
function rowOf(groupId: GroupId, plan: ServicePlan): typeof carpoolGroupServices.$inferInsert {
  const { serviceId, enabled, priority, weight, modelWhitelist, modelBlacklist } = plan;
  const { authMethod, proxyEnabled, modelAliases } = plan;
  const asked = { authMethod, quotaConfig: restOfService(plan.quotaConfig), proxyEnabled, modelAliases };
  return { groupId, serviceId, enabled, priority, weight, modelWhitelist, modelBlacklist, ...asked };
}
