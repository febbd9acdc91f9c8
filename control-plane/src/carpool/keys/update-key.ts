import type { KeyChange, UserKey } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { writeKeyRule } from '../quotas/rules/key-rules.ts';
import { carpoolKeys } from '../tables.ts';
import { getChangeableKey } from './key-access.ts';
import { limitsAfter } from './key-limits.ts';
import { toKeyView } from './key-view.ts';

/**
 * Renames, limits, disables or enables a key. What is not named stays. 404 `key_unknown`, 409 `group_closed`,
 * 403 `limit_not_yours`: a manager limited it; 400 `quota_over_member`, `quota_over_group`.
 */
export async function updateKey(ctx: Ctx, keyId: string, change: KeyChange): Promise<UserKey> {
  allow(ctx, 'carpool.key.update');
  return await inTransaction(ctx, async (tx) => {
    const { key, group, isOwner } = await getChangeableKey(tx, ctx, keyId);
    const now = ctx.clock.now();
    const [row] = await tx
      .update(carpoolKeys)
      .set({
        ...limitsAfter(key, change),
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.description === undefined ? {} : { description: change.description }),
        ...(change.status === undefined ? {} : { status: change.status }),
        updatedAt: now,
      })
      .where(eq(carpoolKeys.id, key.id))
      .returning();
    if (!row) throw new Error('a key that was just written is not there');
    if (change.token_limit !== undefined) await writeKeyRule(tx, ctx, { key, isOwner }, row.tokenLimit);
    const after = toKeyView(row, group.name, now);
    await audit(tx, ctx, {
      action: 'carpool.key.update',
      target: { kind: 'key', id: key.id },
      groupId: group.id,
      before: toKeyView(key, group.name, now),
      after,
    });
    return after;
  });
}
