import type { GroupId, KeyId, UserId } from '@aicarpool/shared-protocol';
import { and, asc, count, eq, inArray, ne } from 'drizzle-orm';
import { findPeople } from '../../../identity/index.ts';
import type { Db } from '../../../kernel/index.ts';
import { carpoolKeys, carpoolMemberships, carpoolQuotas } from '../../tables.ts';
import type { RuleSurroundings } from './check-rules.ts';
import type { QuotaRow } from './rule.ts';

const ofOrder = { group: 0, member: 1, key: 2 };
const windowOrder = { day: 0, month: 1, total: 2 };

/** The rules of a group: of the group first, of its members, of keys. */
export async function readRules(db: Db, groupId: GroupId): Promise<QuotaRow[]> {
  const rows = await db.select().from(carpoolQuotas).where(eq(carpoolQuotas.groupId, groupId));
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return rows.sort(
    (a, b) =>
      ofOrder[a.of] - ofOrder[b.of] ||
      windowOrder[a.window] - windowOrder[b.window] ||
      byText(a.subject ?? '', b.subject ?? '') ||
      byText(a.serviceId ?? '', b.serviceId ?? '') ||
      byText(b.unit, a.unit),
  );
}

/** How many members a group has, and whose the keys are that its rules name. */
export async function readSurroundings(
  db: Db,
  groupId: GroupId,
  rules: readonly Pick<QuotaRow, 'of' | 'subject'>[],
): Promise<RuleSurroundings> {
  const [members] = await db
    .select({ count: count() })
    .from(carpoolMemberships)
    .where(and(eq(carpoolMemberships.groupId, groupId), eq(carpoolMemberships.status, 'active')));
  const keyIds = rules.flatMap(({ of, subject }) => (of === 'key' && subject !== null ? [subject as KeyId] : []));
  const keys = keyIds.length === 0 ? [] : await keysNamed(db, groupId, keyIds);
  return { members: members?.count ?? 0, ownerOf: new Map(keys.map((key) => [key.id, key.userId])) };
}

async function keysNamed(db: Db, groupId: GroupId, ids: readonly KeyId[]) {
  return await db
    .select({ id: carpoolKeys.id, userId: carpoolKeys.userId, name: carpoolKeys.name })
    .from(carpoolKeys)
    .where(and(eq(carpoolKeys.groupId, groupId), inArray(carpoolKeys.id, [...ids])));
}

/** The names of these members and keys, by id. */
export async function namesOf(db: Db, groupId: GroupId, subjects: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = subjects.filter((id) => id !== null);
  const people = await findPeople(
    db,
    ids.filter((id) => id.startsWith('usr_')),
  );
  const keyIds = ids.filter((id) => id.startsWith('key_')) as KeyId[];
  const keys = keyIds.length === 0 ? [] : await keysNamed(db, groupId, keyIds);
  return new Map([
    ...[...people].map(([id, { name, email }]) => [id, name || email] as const),
    ...keys.map(({ id, name }) => [id as string, name] as const),
  ]);
}

export interface Person {
  readonly id: string;
  readonly name: string;
  /** The same as `id` for a member. */
  readonly userId: UserId;
}

const mostShown = 100;

/** The members of a group, or their living keys, in the order in which they came; at most 100. `userId`: only his. */
export async function listSubjects(db: Db, groupId: GroupId, of: 'member' | 'key', userId?: UserId): Promise<Person[]> {
  if (of === 'key') {
    const rows = await db
      .select({ id: carpoolKeys.id, name: carpoolKeys.name, userId: carpoolKeys.userId })
      .from(carpoolKeys)
      .where(
        and(
          eq(carpoolKeys.groupId, groupId),
          ne(carpoolKeys.status, 'deleted'),
          userId === undefined ? undefined : eq(carpoolKeys.userId, userId),
        ),
      )
      .orderBy(asc(carpoolKeys.createdAt), asc(carpoolKeys.id))
      .limit(mostShown);
    return rows;
  }
  const rows = await db
    .select({ userId: carpoolMemberships.userId })
    .from(carpoolMemberships)
    .where(
      and(
        eq(carpoolMemberships.groupId, groupId),
        eq(carpoolMemberships.status, 'active'),
        userId === undefined ? undefined : eq(carpoolMemberships.userId, userId),
      ),
    )
    .orderBy(asc(carpoolMemberships.joinedAt), asc(carpoolMemberships.id))
    .limit(mostShown);
  const people = await findPeople(
    db,
    rows.map((row) => row.userId),
  );
  return rows.map((row) => {
    const person = people.get(row.userId);
    return { id: row.userId, name: person?.name || person?.email || '', userId: row.userId };
  });
}
