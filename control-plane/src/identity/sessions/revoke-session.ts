import { and, eq, lt } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction, NotFound } from '../../kernel/index.ts';
import { identitySessions } from '../tables.ts';
import { signedInUser } from './read-sessions.ts';

/** Ends one of the caller's own sessions; its next call is refused. */
export async function revokeSession(ctx: Ctx, sessionId: string): Promise<void> {
  allow(ctx, 'identity.session.revoke');
  const { userId } = signedInUser(ctx);
  await inTransaction(ctx, async (tx) => {
    const gone = await tx
      .delete(identitySessions)
      .where(and(eq(identitySessions.id, sessionId), eq(identitySessions.userId, userId)))
      .returning({ id: identitySessions.id });
    if (gone.length === 0) throw new NotFound('session_unknown', 'you have no such session');
    await audit(tx, ctx, { action: 'identity.session.revoke', target: { kind: 'session', id: sessionId } });
  });
}

/** Forgets sessions that ended by themselves. */
export async function pruneSessions(ctx: Ctx): Promise<void> {
  await ctx.db.delete(identitySessions).where(lt(identitySessions.expiresAt, ctx.clock.now()));
}
