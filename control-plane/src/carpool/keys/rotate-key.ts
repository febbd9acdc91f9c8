import type { IssuedKey } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, Forbidden, inTransaction } from '../../kernel/index.ts';
import { carpoolKeys } from '../tables.ts';
import { getChangeableKey } from './key-access.ts';
import { newKeyText } from './key-format.ts';
import { toKeyView } from './key-view.ts';

/** Gives a key a new text; the old one stops at once. Only its owner may, for he alone may see it: 403 `not_yours`. */
export async function rotateKey(ctx: Ctx, keyId: string): Promise<IssuedKey> {
  allow(ctx, 'carpool.key.rotate');
  return await inTransaction(ctx, async (tx) => {
    const { key, group, isOwner } = await getChangeableKey(tx, ctx, keyId);
    if (!isOwner) throw new Forbidden('not_yours', 'only its owner may see the text of a key; you can disable or revoke it');
    const made = newKeyText();
    const now = ctx.clock.now();
    const [row] = await tx
      .update(carpoolKeys)
      .set({ hash: made.hash, hint: made.hint, updatedAt: now })
      .where(eq(carpoolKeys.id, key.id))
      .returning();
    if (!row) throw new Error('a key that was just written is not there');
    const view = toKeyView(row, group.name, now);
    await audit(tx, ctx, { action: 'carpool.key.rotate', target: { kind: 'key', id: key.id }, groupId: group.id, after: view });
    return { ...view, api_key: made.text };
  });
}
