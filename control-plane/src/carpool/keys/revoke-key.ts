import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { removeKeyRules } from '../quotas/rules/key-rules.ts';
import { carpoolKeys } from '../tables.ts';
import { getChangeableKey } from './key-access.ts';
import { toKeyView } from './key-view.ts';

/** Revokes a key for good; its row stays for the books. 404 `key_unknown`. */
export async function revokeKey(ctx: Ctx, keyId: string): Promise<void> {
  allow(ctx, 'carpool.key.revoke');
  await inTransaction(ctx, async (tx) => {
    const { key, group } = await getChangeableKey(tx, ctx, keyId);
    const now = ctx.clock.now();
    await removeKeyRules(tx, ctx, key);
    await tx.update(carpoolKeys).set({ status: 'deleted', updatedAt: now }).where(eq(carpoolKeys.id, key.id));
    await audit(tx, ctx, {
      action: 'carpool.key.revoke',
      target: { kind: 'key', id: key.id },
      groupId: group.id,
      before: toKeyView(key, group.name, now),
    });
  });
}
