import type { GroupId, UserId } from '@aicarpool/shared-protocol';
import type { UserKey } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, ne } from 'drizzle-orm';
import { allow, type Ctx, Forbidden, offsetOf, type Page } from '../../kernel/index.ts';
import { getGroupAccess, isAdministrator } from '../groups/group-access.ts';
import { carpoolGroups, carpoolKeys } from '../tables.ts';
import { getKeyAccess } from './key-access.ts';
import { toKeyView } from './key-view.ts';

interface KeyQuery extends Page {
  readonly group_id?: GroupId | undefined;
  readonly user_id?: UserId | undefined;
}

/** One key, for its owner, managers of its group and administrators. 404 `key_unknown`. */
export async function getKey(ctx: Ctx, keyId: string): Promise<UserKey> {
  allow(ctx, 'carpool.key.read');
  const { key, group } = await getKeyAccess(ctx.db, ctx, keyId);
  return toKeyView(key, group.name, ctx.clock.now());
}

/**
 * Keys, newest first: those of the caller, unless a manager names his group or an administrator a group or a person.
 * A member who names his group gets his own keys in it.
 */
export async function listKeys(ctx: Ctx, query: KeyQuery): Promise<{ keys: UserKey[]; total: number }> {
  allow(ctx, 'carpool.key.read');
  const userId = await ownerAsked(ctx, query);
  const where = and(
    ne(carpoolKeys.status, 'deleted'),
    query.group_id === undefined ? undefined : eq(carpoolKeys.groupId, query.group_id),
    userId === undefined ? undefined : eq(carpoolKeys.userId, userId),
  );
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolKeys).where(where);
  const rows = await ctx.db
    .select({ key: carpoolKeys, groupName: carpoolGroups.name })
    .from(carpoolKeys)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolKeys.groupId))
    .where(where)
    .orderBy(desc(carpoolKeys.createdAt), desc(carpoolKeys.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  const now = ctx.clock.now();
  return { keys: rows.map(({ key, groupName }) => toKeyView(key, groupName, now)), total: counted?.count ?? 0 };
}

/** Whose keys may be shown; undefined: everybody's in the group that is asked for. */
async function ownerAsked(ctx: Ctx, query: KeyQuery): Promise<UserId | undefined> {
  const self = ctx.actor.kind === 'user' ? ctx.actor.userId : undefined;
  if (query.group_id !== undefined) {
    const access = await getGroupAccess(ctx.db, ctx, query.group_id);
    if (access.canManage) return query.user_id;
  } else if (isAdministrator(ctx)) return query.user_id ?? self;
  if (query.user_id !== undefined && query.user_id !== self)
    throw new Forbidden('not_yours', "you cannot see other people's keys");
  return self;
}
