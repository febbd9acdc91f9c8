import { randomBytes } from 'node:crypto';
import { newId, type UserId } from '@aicarpool/shared-protocol';
import { asc, eq, sql } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../kernel/index.ts';
import { hashPassword } from './passwords.ts';
import { identityAccounts, identityUsers } from './tables.ts';

export interface FirstAdmin {
  readonly email: string;
  /** Absent: one is made, and `tell` is the only one to learn it. */
  readonly password?: string | undefined;
}

const oneAtATime = 727_274_003;

/**
 * Makes the super admin unless there is one, and gives who that is. `tell` runs before the commit, so that a generated
 * password is on record before it counts.
 */
export async function createFirstAdmin(
  ctx: Ctx,
  admin: FirstAdmin,
  tell: (told: { email: string; generatedPassword: string | undefined }) => Promise<void>,
): Promise<UserId> {
  allow(ctx, 'identity.admin.create_first');
  return await inTransaction(ctx, async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${oneAtATime})`);
    const found = await tx
      .select({ id: identityUsers.id })
      .from(identityUsers)
      .where(eq(identityUsers.role, 'super_admin'))
      .orderBy(asc(identityUsers.createdAt))
      .limit(1);
    if (found[0]) return found[0].id;
    const generatedPassword = admin.password === undefined ? randomBytes(15).toString('base64url') : undefined;
    const userId = newId('user');
    const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() };
    const email = admin.email.toLowerCase();
    await tx.insert(identityUsers).values({ id: userId, name: 'Admin', email, emailVerified: true, role: 'super_admin', ...at });
    await tx.insert(identityAccounts).values({
      id: newId('user'),
      accountId: userId,
      providerId: 'credential',
      userId,
      password: await hashPassword(admin.password ?? generatedPassword ?? ''),
      ...at,
    });
    await audit(tx, ctx, { action: 'identity.admin.create_first', target: { kind: 'user', id: userId }, after: { email } });
    await tell({ email, generatedPassword });
    return userId;
  });
}
