import type { GroupId } from '@aicarpool/shared-protocol';
import { asc, count, eq } from 'drizzle-orm';
import { findPeople } from '../../identity/index.ts';
import { allow, type Ctx, type Db, offsetOf, type Page } from '../../kernel/index.ts';
import { carpoolMemberships } from '../tables.ts';
import { getGroupAccess } from './group-access.ts';
import type { MemberView } from './group-view.ts';

/** Members of a group, in the order in which they came, for its members. 404 `group_unknown`. */
export async function listMembers(ctx: Ctx, groupId: string, page: Page): Promise<{ members: MemberView[]; total: number }> {
  allow(ctx, 'carpool.group.read');
  const { group } = await getGroupAccess(ctx.db, ctx, groupId);
  return { members: await readMembers(ctx.db, group.id, page), total: await countMembers(ctx.db, group.id) };
}

export async function readMembers(db: Db, groupId: GroupId, page: Page): Promise<MemberView[]> {
  const rows = await db
    .select()
    .from(carpoolMemberships)
    .where(eq(carpoolMemberships.groupId, groupId))
    .orderBy(asc(carpoolMemberships.joinedAt), asc(carpoolMemberships.id))
    .limit(page.limit)
    .offset(offsetOf(page));
  const people = await findPeople(
    db,
    rows.map((row) => row.userId),
  );
  return rows.map((row) => ({
    id: row.userId,
    name: people.get(row.userId)?.name ?? '',
    email: people.get(row.userId)?.email ?? '',
    role: row.role,
    status: row.status,
    joined_at: row.joinedAt.toISOString(),
  }));
}

export async function countMembers(db: Db, groupId: GroupId): Promise<number> {
  const [row] = await db.select({ count: count() }).from(carpoolMemberships).where(eq(carpoolMemberships.groupId, groupId));
  return row?.count ?? 0;
}
