import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import { makeSigningKey } from './make-signing-key.ts';
import { readSigningKeys } from './signing-keys.ts';

/** Replicas that start at the same time must not make two first keys. */
const lockNumber = 7_311_402;

/** Makes the first two signing keys, the current and the next one, when there are none. */
export async function ensureSigningKeys(ctx: Ctx): Promise<void> {
  allow(ctx, 'fleet.signing_key.rotate');
  if ((await readSigningKeys(ctx.db)).length > 0) return;
  await inTransaction(ctx, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${lockNumber})`);
    if ((await readSigningKeys(tx)).length > 0) return;
    const now = ctx.clock.now();
    const current = await makeSigningKey(tx, ctx, 'current', null, now);
    const next = await makeSigningKey(tx, ctx, 'next', current, new Date(now.getTime() + 1));
    await audit(tx, ctx, {
      action: 'fleet.signing_key.rotate',
      target: { kind: 'signing_key', id: current.id },
      after: { current: current.id, next: next.id, first: true },
    });
  });
}
