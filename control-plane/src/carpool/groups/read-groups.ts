import type { GroupId, UserId } from '@aicarpool/shared-protocol';
import type { GroupDetail, GroupSummary } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, gt, inArray, isNull, or, type SQL } from 'drizzle-orm';
import { findPeople } from '../../identity/index.ts';
import { allow, type Ctx, type Db, offsetOf, type Page } from '../../kernel/index.ts';
import { readRules } from '../quotas/rules/read-rules.ts';
import { carpoolGroupServices, carpoolGroups, carpoolKeys, carpoolMemberships } from '../tables.ts';
import { type GroupAccess, type GroupRow, getGroupAccess, isAdministrator } from './group-access.ts';
import { type GroupFacts, toDetail, toSummary } from './group-view.ts';
import { byPriority } from './plan-services.ts';
import { readMembers } from './read-members.ts';

const membersShown = { page: 1, limit: 100 };

/** One group, for its members and administrators. 404 `group_unknown`. */
export async function getGroup(ctx: Ctx, groupId: string): Promise<GroupDetail> {
  allow(ctx, 'carpool.group.read');
  return await readGroupDetail(ctx.db, ctx, await getGroupAccess(ctx.db, ctx, groupId));
}

/** Groups of the caller, newest first; for administrators all groups. */
export async function listGroups(
  ctx: Ctx,
  query: Page & { readonly status?: GroupRow['status'] | undefined },
): Promise<{ groups: GroupSummary[]; total: number }> {
  allow(ctx, 'carpool.group.read');
  const where = and(visibleTo(ctx), query.status && eq(carpoolGroups.status, query.status));
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolGroups).where(where);
  const rows = await ctx.db
    .select()
    .from(carpoolGroups)
    .where(where)
    .orderBy(desc(carpoolGroups.createdAt), desc(carpoolGroups.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  const ids = rows.map((row) => row.id);
  const facts = await readFacts(ctx.db, ids);
  const roles = await rolesOf(ctx, ids);
  return {
    groups: rows.map((row) => toSummary(row, roles.get(row.id) ?? null, facts.get(row.id) ?? noFacts)),
    total: counted?.count ?? 0,
  };
}

export async function readGroupDetail(db: Db, ctx: Pick<Ctx, 'clock'>, access: GroupAccess): Promise<GroupDetail> {
  const { group, membership } = access;
  const facts = (await readFacts(db, [group.id])).get(group.id) ?? noFacts;
  const manager = (await findPeople(db, [group.managerId])).get(group.managerId);
  const [keys] = await db
    .select({ count: count() })
    .from(carpoolKeys)
    .where(
      and(
        eq(carpoolKeys.groupId, group.id),
        eq(carpoolKeys.status, 'active'),
        or(isNull(carpoolKeys.expiresAt), gt(carpoolKeys.expiresAt, ctx.clock.now())),
      ),
    );
  return toDetail(group, membership, {
    ...facts,
    manager: { id: group.managerId, name: manager?.name ?? '', email: manager?.email ?? '' },
    members: await readMembers(db, group.id, membersShown),
    activeKeys: keys?.count ?? 0,
    rules: await readRules(db, group.id),
  });
}

function visibleTo(ctx: Ctx): SQL | undefined {
  if (isAdministrator(ctx)) return undefined;
  const userId = ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as UserId);
  const mine = ctx.db
    .select({ id: carpoolMemberships.groupId })
    .from(carpoolMemberships)
    .where(and(eq(carpoolMemberships.userId, userId), eq(carpoolMemberships.status, 'active')));
  return inArray(carpoolGroups.id, mine);
}

const noFacts: GroupFacts = { memberCount: 0, enabledServices: [] };

async function readFacts(db: Db, ids: readonly GroupId[]): Promise<ReadonlyMap<GroupId, GroupFacts>> {
  if (ids.length === 0) return new Map();
  const members = await db
    .select({ id: carpoolMemberships.groupId, count: count() })
    .from(carpoolMemberships)
    .where(inArray(carpoolMemberships.groupId, [...ids]))
    .groupBy(carpoolMemberships.groupId);
  const services = await db
    .select()
    .from(carpoolGroupServices)
    .where(and(inArray(carpoolGroupServices.groupId, [...ids]), eq(carpoolGroupServices.enabled, true)));
  const counts = new Map(members.map((row) => [row.id, row.count]));
  const enabled = Map.groupBy(services.sort(byPriority), (row) => row.groupId);
  return new Map(
    ids.map((id) => [
      id,
      { memberCount: counts.get(id) ?? 0, enabledServices: (enabled.get(id) ?? []).map((row) => row.serviceId) },
    ]),
  );
}

async function rolesOf(ctx: Ctx, ids: readonly GroupId[]): Promise<ReadonlyMap<GroupId, 'manager' | 'member'>> {
  if (ctx.actor.kind !== 'user' || ids.length === 0) return new Map();
  const rows = await ctx.db
    .select({ id: carpoolMemberships.groupId, role: carpoolMemberships.role })
    .from(carpoolMemberships)
    .where(and(eq(carpoolMemberships.userId, ctx.actor.userId), inArray(carpoolMemberships.groupId, [...ids])));
  return new Map(rows.map((row) => [row.id, row.role]));
}
