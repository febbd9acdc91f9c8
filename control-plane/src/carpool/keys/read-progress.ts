import type { KeyId } from '@aicarpool/shared-protocol';
import type { ChangeProgress } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, type Ctx, currentHead, lastChangeOf, NotFound } from '../../kernel/index.ts';
import { isAdministrator, membershipOf } from '../groups/group-access.ts';
import type { CarpoolPorts } from '../ports.ts';
import { carpoolKeys } from '../tables.ts';

/**
 * How far the last change of a key has come, a revoked one too, for its owner, managers of its group and administrators.
 * Where the log has forgotten the change it is asked who holds the newest version. 404 `key_unknown`.
 */
export async function getKeyProgress(
  ctx: Ctx,
  { readProgress }: Pick<CarpoolPorts, 'readProgress'>,
  keyId: string,
): Promise<ChangeProgress> {
  allow(ctx, 'carpool.key.read');
  const { db, actor } = ctx;
  const [key] = await db
    .select({ groupId: carpoolKeys.groupId, userId: carpoolKeys.userId })
    .from(carpoolKeys)
    .where(eq(carpoolKeys.id, keyId as KeyId));
  const isOwner = actor.kind === 'user' && key?.userId === actor.userId;
  if (!key || !(isOwner || isAdministrator(ctx) || (await membershipOf(db, ctx, key.groupId)) === 'manager')) {
    throw new NotFound('key_unknown', 'there is no such key, or it is not yours');
  }
  const version = await lastChangeOf(db, key.groupId, 'key', keyId);
  const asked = version ?? (await currentHead(db)).head;
  return { version: version ?? null, ...(await readProgress(ctx, key.groupId, asked)) };
}
