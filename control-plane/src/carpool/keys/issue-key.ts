import { type GroupId, newId, type UserId } from '@aicarpool/shared-protocol';
import type { IssuedKey, NewKey } from '@aicarpool/shared-protocol/console';
import { and, count, eq, ne } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, type Db, Forbidden, Invalid, inTransaction, NotFound } from '../../kernel/index.ts';
import { type GroupRow, isAdministrator } from '../groups/group-access.ts';
import { writeKeyRule } from '../quotas/rules/key-rules.ts';
import { carpoolGroups, carpoolKeys, carpoolMemberships } from '../tables.ts';
import { newKeyText } from './key-format.ts';
import { limitsAfter, noLimits } from './key-limits.ts';
import { toKeyView } from './key-view.ts';

/**
 * Makes a personal key in a group of the caller. Its text is in this answer and nowhere else. 400 `group_needed` when
 * the caller is in several groups and names none, 400 `quota_over_member` and `quota_over_group` when its token limit is
 * more than those, 409 `key_limit_reached`, 409 `group_closed`.
 */
export async function issueKey(ctx: Ctx, wish: NewKey): Promise<IssuedKey> {
  allow(ctx, 'carpool.key.issue');
  if (ctx.actor.kind !== 'user') throw new Forbidden('people_only', 'a key belongs to a person');
  const userId: UserId = ctx.actor.userId;
  const limits = limitsAfter(noLimits, wish);
  return await inTransaction(ctx, async (tx) => {
    const group = await lockMembership(tx, ctx, userId, wish.group_id);
    await assertRoom(tx, group, userId);
    const made = newKeyText();
    const now = ctx.clock.now();
    const [row] = await tx
      .insert(carpoolKeys)
      .values({
        ...limits,
        id: newId('key'),
        hash: made.hash,
        hint: made.hint,
        userId,
        groupId: group.id,
        name: wish.name,
        description: wish.description,
        status: 'active',
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    if (!row) throw new Error('a key that was just written is not there');
    if (row.tokenLimit !== null) await writeKeyRule(tx, ctx, { key: row, isOwner: true }, row.tokenLimit);
    const view = toKeyView(row, group.name, now);
    await audit(tx, ctx, { action: 'carpool.key.issue', target: { kind: 'key', id: row.id }, groupId: group.id, after: view });
    return { ...view, api_key: made.text };
  });
}

// The lock on the membership makes the count of keys below exact.
async function lockMembership(tx: Db, ctx: Ctx, userId: UserId, groupId: GroupId | undefined): Promise<GroupRow> {
  const rows = await tx
    .select({ group: carpoolGroups })
    .from(carpoolMemberships)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolMemberships.groupId))
    .where(
      and(
        eq(carpoolMemberships.userId, userId),
        eq(carpoolMemberships.status, 'active'),
        groupId === undefined ? ne(carpoolGroups.status, 'closed') : eq(carpoolGroups.id, groupId),
      ),
    )
    .for('update', { of: carpoolMemberships });
  const [first] = rows;
  if (!first) return await refuseStranger(tx, ctx, groupId);
  if (rows.length > 1) throw new Invalid('group_needed', 'you are in several groups; say which one with group_id');
  if (first.group.status === 'closed') throw new Conflict('group_closed', 'the group is closed');
  return first.group;
}

async function refuseStranger(tx: Db, ctx: Ctx, groupId: GroupId | undefined): Promise<never> {
  if (groupId === undefined) throw new Invalid('group_needed', 'you are in no group yet; a key belongs to a group');
  const [group] = await tx.select({ id: carpoolGroups.id }).from(carpoolGroups).where(eq(carpoolGroups.id, groupId));
  if (group && isAdministrator(ctx)) {
    throw new Forbidden('not_a_member', 'only members of a group can have keys in it');
  }
  throw new NotFound('group_unknown', 'there is no such group, or you are not in it');
}

async function assertRoom(tx: Db, group: GroupRow, userId: UserId): Promise<void> {
  const [held] = await tx
    .select({ count: count() })
    .from(carpoolKeys)
    .where(and(eq(carpoolKeys.groupId, group.id), eq(carpoolKeys.userId, userId), ne(carpoolKeys.status, 'deleted')));
  if ((held?.count ?? 0) >= group.maxKeysPerUser) {
    throw new Conflict(
      'key_limit_reached',
      `nobody can have more than ${group.maxKeysPerUser} keys in this group; revoke one first`,
    );
  }
}
