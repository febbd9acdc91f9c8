import type { KeyId } from '@aicarpool/shared-protocol';
import { and, eq, ne } from 'drizzle-orm';
import { Conflict, type Ctx, type Db, NotFound } from '../../kernel/index.ts';
import { type GroupRow, isAdministrator, membershipOf } from '../groups/group-access.ts';
import { carpoolGroups, carpoolKeys } from '../tables.ts';
import type { KeyRow } from './key-limits.ts';

export interface KeyAccess {
  readonly key: KeyRow;
  readonly group: GroupRow;
  readonly isOwner: boolean;
}

/** A key, for its owner, managers of its group and administrators; to others it does not exist (404 `key_unknown`). */
export async function getKeyAccess(db: Db, ctx: Pick<Ctx, 'actor'>, keyId: string): Promise<KeyAccess> {
  return await accessTo(db, ctx, await findKey(db, keyId));
}

/** The same, with the key locked until the transaction ends; 409 `group_closed` once its group is closed. */
export async function getChangeableKey(tx: Db, ctx: Pick<Ctx, 'actor'>, keyId: string): Promise<KeyAccess> {
  await tx
    .select({ id: carpoolKeys.id })
    .from(carpoolKeys)
    .where(eq(carpoolKeys.id, keyId as KeyId))
    .for('update');
  const access = await getKeyAccess(tx, ctx, keyId);
  if (access.group.status === 'closed') throw new Conflict('group_closed', 'the group of this key is closed');
  return access;
}

async function findKey(db: Db, keyId: string): Promise<{ key: KeyRow; group: GroupRow } | undefined> {
  const [row] = await db
    .select({ key: carpoolKeys, group: carpoolGroups })
    .from(carpoolKeys)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolKeys.groupId))
    .where(and(eq(carpoolKeys.id, keyId as KeyId), ne(carpoolKeys.status, 'deleted')));
  return row;
}

async function accessTo(
  db: Db,
  ctx: Pick<Ctx, 'actor'>,
  found: { key: KeyRow; group: GroupRow } | undefined,
): Promise<KeyAccess> {
  const isOwner = found !== undefined && ctx.actor.kind === 'user' && found.key.userId === ctx.actor.userId;
  const mayTouch = found && (isOwner || isAdministrator(ctx) || (await membershipOf(db, ctx, found.group.id)) === 'manager');
  if (!found || !mayTouch) throw new NotFound('key_unknown', 'there is no such key, or it is not yours');
  return { ...found, isOwner };
}
