import { newId, type UserId } from '@aicarpool/shared-protocol';
import type { GroupDetail, NewGroup } from '@aicarpool/shared-protocol/console';
import { allow, audit, type Ctx, Forbidden, inTransaction } from '../../kernel/index.ts';
import { rulesOfGroup } from '../quotas/rules/field-rules.ts';
import { writeRules } from '../quotas/rules/write-rules.ts';
import { carpoolGroups, carpoolMemberships } from '../tables.ts';
import { getGroupAccess } from './group-access.ts';
import { settingsOf } from './group-settings.ts';
import { credentialNotices, planServices } from './plan-services.ts';
import { readGroupDetail } from './read-groups.ts';
import { knownServices, writeServicePlans, writeServiceRules } from './set-group-services.ts';

/** Creates a group as a draft. Whoever creates it is its manager and first member. */
export async function createGroup(ctx: Ctx, wish: NewGroup): Promise<GroupDetail> {
  allow(ctx, 'carpool.group.create');
  if (ctx.actor.kind !== 'user') throw new Forbidden('people_only', 'a group needs a person as its manager');
  const managerId: UserId = ctx.actor.userId;
  const settings = settingsOf(wish);
  return await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const id = newId('group');
    await tx
      .insert(carpoolGroups)
      .values({ ...columnsOf(wish), ...settings, id, managerId, status: 'draft', createdAt: now, updatedAt: now });
    await tx
      .insert(carpoolMemberships)
      .values({ id: newId('membership'), groupId: id, userId: managerId, role: 'manager', status: 'active', joinedAt: now });
    const services = { ...wish, services: wish.ai_services };
    await writeServicePlans(tx, id, planServices([], services, await knownServices(tx)));
    const { warnings } = await writeRules(tx, ctx, id, rulesOfGroup(wish), { origin: 'group' });
    const more = await writeServiceRules(tx, ctx, id, wish.ai_services);
    const group = await readGroupDetail(tx, ctx, await getGroupAccess(tx, ctx, id));
    await audit(tx, ctx, { action: 'carpool.group.create', target: { kind: 'group', id }, groupId: id, after: group });
    return {
      ...group,
      notices: [...group.notices, ...warnings.map(({ message }) => message), ...more, ...credentialNotices(wish.ai_services)],
    };
  });
}

function columnsOf(wish: NewGroup) {
  return {
    name: wish.name,
    description: wish.description,
    maxMembers: wish.max_members,
    deploymentMode: wish.deployment_mode,
    failoverEnabled: wish.service_failover_enabled,
    timeZone: wish.time_zone,
    maxKeysPerUser: wish.max_keys_per_user,
  };
}
