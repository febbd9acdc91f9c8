import type { GroupId } from '@aicarpool/shared-protocol';
import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import { carpoolGroups, carpoolKeys, carpoolMemberships } from '../tables.ts';
import { noteQuotaUse, type UsedWindow } from './alerts/note-quota-use.ts';

/** Those of the ids that are members, or keys, of the group. */
export async function knownSubjects(
  tx: Db,
  groupId: string,
  of: 'member' | 'key',
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const member = and(
    eq(carpoolMemberships.groupId, groupId as GroupId),
    inArray(carpoolMemberships.userId, [...ids] as (typeof carpoolMemberships.$inferSelect)['userId'][]),
  );
  const key = and(
    eq(carpoolKeys.groupId, groupId as GroupId),
    inArray(carpoolKeys.id, [...ids] as (typeof carpoolKeys.$inferSelect)['id'][]),
    ne(carpoolKeys.status, 'deleted'),
  );
  const rows =
    of === 'member'
      ? await tx.select({ id: carpoolMemberships.userId }).from(carpoolMemberships).where(member)
      : await tx.select({ id: carpoolKeys.id }).from(carpoolKeys).where(key);
  return new Set(rows.map(({ id }) => id as string));
}

/** How long a node may serve each group unheard, in seconds; null: for ever. */
export async function readConfigTimes(tx: Db): Promise<ReadonlyMap<string, number | null>> {
  const rows = await tx
    .select({ id: carpoolGroups.id, validS: carpoolGroups.configValidS })
    .from(carpoolGroups)
    .where(ne(carpoolGroups.status, 'closed'));
  return new Map(rows.map(({ id, validS }) => [id, validS]));
}

/** Tells the people of quotas whose settled use reached a threshold, in the transaction that settled it. */
export async function onQuotaCrossed(
  ctx: Ctx,
  tx: Db,
  crossings: readonly (Omit<UsedWindow, 'isReached'> & { readonly percent: number })[],
): Promise<void> {
  await noteQuotaUse(
    tx,
    ctx,
    crossings.map((crossing) => ({ ...crossing, isReached: crossing.percent === 100 })),
  );
}
