import type { GroupId } from '@aicarpool/shared-protocol';
import { and, eq } from 'drizzle-orm';
import { Conflict, type Ctx, type Db, Forbidden, NotFound } from '../../kernel/index.ts';
import { carpoolGroups, carpoolMemberships } from '../tables.ts';

export type GroupRow = typeof carpoolGroups.$inferSelect;

export interface GroupAccess {
  readonly group: GroupRow;
  /** Of the caller in this group; null: an administrator, or the system, from outside. */
  readonly membership: 'manager' | 'member' | null;
  readonly canManage: boolean;
}

/** May the actor do everything in every group? */
export function isAdministrator(ctx: Pick<Ctx, 'actor'>): boolean {
  const { actor } = ctx;
  return actor.kind === 'system' || (actor.kind === 'user' && (actor.role === 'super_admin' || actor.role === 'admin'));
}

/** The group, for its members and administrators; to everyone else it does not exist (404 `group_unknown`). */
export async function getGroupAccess(db: Db, ctx: Pick<Ctx, 'actor'>, groupId: string): Promise<GroupAccess> {
  const [group] = await db
    .select()
    .from(carpoolGroups)
    .where(eq(carpoolGroups.id, groupId as GroupId));
  return await accessTo(db, ctx, group);
}

/**
 * The group, locked until the transaction ends, for its managers and administrators: 404 to strangers,
 * 403 `not_the_manager` to members, 409 `group_closed` once it is closed.
 */
export async function getManagedGroup(tx: Db, ctx: Pick<Ctx, 'actor'>, groupId: string): Promise<GroupRow> {
  const [group] = await tx
    .select()
    .from(carpoolGroups)
    .where(eq(carpoolGroups.id, groupId as GroupId))
    .for('update');
  const access = await accessTo(tx, ctx, group);
  assertManager(access);
  if (access.group.status === 'closed') throw new Conflict('group_closed', 'the group is closed; nothing in it can change');
  return access.group;
}

/** Throws 403 `not_the_manager` to plain members. */
export function assertManager(access: GroupAccess): void {
  if (!access.canManage) throw new Forbidden('not_the_manager', 'only a manager of the group may do this');
}

async function accessTo(db: Db, ctx: Pick<Ctx, 'actor'>, group: GroupRow | undefined): Promise<GroupAccess> {
  const membership = group && (await membershipOf(db, ctx, group.id));
  const isAdmin = isAdministrator(ctx);
  if (!group || (!membership && !isAdmin)) throw new NotFound('group_unknown', 'there is no such group, or you are not in it');
  return { group, membership: membership ?? null, canManage: isAdmin || membership === 'manager' };
}

/** The caller's active role in a group; undefined: none. */
export async function membershipOf(db: Db, ctx: Pick<Ctx, 'actor'>, groupId: GroupId): Promise<'manager' | 'member' | undefined> {
  if (ctx.actor.kind !== 'user') return undefined;
  const [row] = await db
    .select({ role: carpoolMemberships.role })
    .from(carpoolMemberships)
    .where(
      and(
        eq(carpoolMemberships.groupId, groupId),
        eq(carpoolMemberships.userId, ctx.actor.userId),
        eq(carpoolMemberships.status, 'active'),
      ),
    );
  return row?.role;
}
