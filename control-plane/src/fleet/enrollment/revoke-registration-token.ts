import { and, eq, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { NotFound } from '../../kernel/errors.ts';
import { fleetRegistrationTokens } from '../tables.ts';

/** Makes an unused token useless. Throws NotFound for one that was used, revoked or never there. */
export async function revokeRegistrationToken(ctx: Ctx, tokenId: string): Promise<{ revokedAt: Date }> {
  allow(ctx, 'fleet.registration.revoke');
  const revokedAt = ctx.clock.now();
  const table = fleetRegistrationTokens;
  await inTransaction(ctx, async (tx) => {
    const [row] = await tx
      .update(table)
      .set({ revokedAt })
      .where(and(eq(table.id, tokenId), isNull(table.usedAt), isNull(table.revokedAt)))
      .returning({ id: table.id });
    if (!row) throw new NotFound('registration_not_found', 'there is no unused registration token with this id');
    await audit(tx, ctx, { action: 'fleet.registration.revoke', target: { kind: 'registration', id: tokenId } });
  });
  return { revokedAt };
}
