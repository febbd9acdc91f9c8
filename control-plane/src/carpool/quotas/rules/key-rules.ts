import { eq } from 'drizzle-orm';
import { type Ctx, type Db, Forbidden } from '../../../kernel/index.ts';
import { carpoolQuotas } from '../../tables.ts';
import { ruleOfKey } from './field-rules.ts';
import { placeIn, quotaIdOf } from './rule.ts';
import { type WrittenRules, writeRules } from './write-rules.ts';

interface KeyOfSomebody {
  readonly key: { readonly id: string; readonly groupId: Parameters<typeof quotaIdOf>[0] };
  readonly isOwner: boolean;
}

/**
 * Writes `token_limit` of a key as the rule that holds it. What somebody else set, its owner cannot change:
 * 403 `limit_not_yours`. 400 `quota_over_member`, `quota_over_group`.
 */
export async function writeKeyRule(
  tx: Db,
  ctx: Ctx,
  { key, isOwner }: KeyOfSomebody,
  limit: number | null,
): Promise<WrittenRules> {
  const wish = ruleOfKey(key.id, limit);
  const [held] = await tx
    .select()
    .from(carpoolQuotas)
    .where(eq(carpoolQuotas.id, quotaIdOf(key.groupId, wish.place)));
  if (isOwner && held?.origin === 'quota' && held.limit !== limit)
    throw new Forbidden('limit_not_yours', 'a manager of the group set this limit; ask him to change it');
  return await writeRules(tx, ctx, key.groupId, [wish], { origin: isOwner ? 'key' : 'quota' });
}

/** Removes the rules of a key that is revoked, whoever set them. */
export async function removeKeyRules(tx: Db, ctx: Ctx, key: KeyOfSomebody['key']): Promise<void> {
  const rows = await tx.select().from(carpoolQuotas).where(eq(carpoolQuotas.subject, key.id));
  const wishes = rows.map((row) => ({ place: placeIn(row), terms: null }));
  await writeRules(tx, ctx, key.groupId, wishes, { origin: 'quota', reason: 'the key was revoked' });
}
