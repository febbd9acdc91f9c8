import { and, eq, ne } from 'drizzle-orm';
import { allow, audit, type Ctx, Forbidden, inTransaction } from '../kernel/index.ts';
import { limitSignIns } from './limit-sign-ins.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { getMe, signedInUser } from './sessions/read-sessions.ts';
import { identityAccounts, identitySessions } from './tables.ts';

export interface ChangePasswordInput {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Sets the caller's password and ends all other sessions. Guessing the old one is limited like signing in. */
export async function changePassword(ctx: Ctx, input: ChangePasswordInput): Promise<void> {
  allow(ctx, 'identity.password.change');
  const { userId, sessionId } = signedInUser(ctx);
  const { email } = await getMe(ctx);
  const isOwn = and(eq(identityAccounts.userId, userId), eq(identityAccounts.providerId, 'credential'));
  await limitSignIns(ctx, email, async () => {
    const [account] = await ctx.db.select({ password: identityAccounts.password }).from(identityAccounts).where(isOwn);
    if (!account?.password || !(await verifyPassword(account.password, input.currentPassword))) {
      throw new Forbidden('wrong_password', 'the current password is wrong');
    }
  });
  const password = await hashPassword(input.newPassword);
  await inTransaction(ctx, async (tx) => {
    await tx.update(identityAccounts).set({ password, updatedAt: ctx.clock.now() }).where(isOwn);
    await tx.delete(identitySessions).where(and(eq(identitySessions.userId, userId), ne(identitySessions.id, sessionId)));
    await audit(tx, ctx, { action: 'identity.password.change', target: { kind: 'user', id: userId } });
  });
}
