import { eq, sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import { fleetSigningKeys } from '../identity-tables.ts';
import { makeSigningKey } from './make-signing-key.ts';
import { readSigningKeys, type SigningKeys } from './signing-keys.ts';

export interface RotatedKeys {
  readonly current: string;
  readonly next: string;
  readonly past: string;
}

/**
 * The next signing key becomes the current one, and a new next key is made, which the one after it endorses. Nodes know
 * the next key already; they hear of the new one with their next session key. The private half of the old one is deleted.
 */
export async function rotateSigningKeys(ctx: Ctx, keys: SigningKeys): Promise<RotatedKeys> {
  allow(ctx, 'fleet.signing_key.rotate');
  const rotated = await inTransaction(ctx, async (tx) => {
    await tx.execute(sql`SELECT 1 FROM ${fleetSigningKeys} FOR UPDATE`);
    const rows = await readSigningKeys(tx);
    const [current, next] = [rows.find(({ state }) => state === 'current'), rows.find(({ state }) => state === 'next')];
    if (!current || !next) throw new Error('the control plane has no signing keys');
    const now = ctx.clock.now();
    const set = (id: string, change: Partial<typeof fleetSigningKeys.$inferInsert>) =>
      tx.update(fleetSigningKeys).set(change).where(eq(fleetSigningKeys.id, id));
    await set(current.id, { state: 'past', retiredAt: now, wrapped: null });
    await set(next.id, { state: 'current' });
    const after = new Date(Math.max(now.getTime(), next.createdAt.getTime() + 1));
    const made = await makeSigningKey(tx, ctx, 'next', { ...next, state: 'current' }, after);
    const result = { current: next.id, next: made.id, past: current.id };
    await audit(tx, ctx, {
      action: 'fleet.signing_key.rotate',
      target: { kind: 'signing_key', id: next.id },
      before: { current: current.id, next: next.id },
      after: { current: result.current, next: result.next },
    });
    return result;
  });
  keys.forget();
  return rotated;
}
