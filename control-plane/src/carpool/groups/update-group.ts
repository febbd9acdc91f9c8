import type { GroupChange, GroupDetail } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, Invalid, inTransaction } from '../../kernel/index.ts';
import { rulesOfGroup } from '../quotas/rules/field-rules.ts';
import { writeRules } from '../quotas/rules/write-rules.ts';
import { carpoolGroups } from '../tables.ts';
import { getGroupAccess, getManagedGroup } from './group-access.ts';
import { settingsOf } from './group-settings.ts';
import { assertReady, assertTransition } from './group-states.ts';
import { readServicePlans } from './read-group-services.ts';
import { readGroupDetail } from './read-groups.ts';
import { countMembers } from './read-members.ts';

/**
 * Changes, activates or suspends a group. 409 `group_not_ready` says what a group lacks to be active,
 * 409 `group_closed` that nothing can change any more.
 */
export async function updateGroup(
  ctx: Ctx,
  groupId: string,
  change: Omit<GroupChange, 'status'> & { status?: 'active' | 'suspended' | undefined },
): Promise<GroupDetail> {
  allow(ctx, 'carpool.group.update');
  const settings = settingsOf(change);
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const before = await readGroupDetail(tx, ctx, await getGroupAccess(tx, ctx, groupId));
    const status = change.status ?? group.status;
    assertTransition(group.status, status);
    if (status === 'active' && group.status !== 'active') assertReady(await readServicePlans(tx, group.id));
    const members = await countMembers(tx, group.id);
    if (change.max_members !== undefined && change.max_members < members) {
      throw new Invalid('too_many_members', `the group already has ${members} members`);
    }
    await tx
      .update(carpoolGroups)
      .set({ ...settings, status, updatedAt: ctx.clock.now() })
      .where(eq(carpoolGroups.id, group.id));
    const { warnings } = await writeRules(tx, ctx, group.id, rulesOfGroup(change), { origin: 'group' });
    const after = await readGroupDetail(tx, ctx, await getGroupAccess(tx, ctx, groupId));
    await audit(tx, ctx, {
      action: 'carpool.group.update',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { ...before, members: undefined },
      after: { ...after, members: undefined },
    });
    return { ...after, notices: [...after.notices, ...warnings.map(({ message }) => message)] };
  });
}
