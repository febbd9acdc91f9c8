import { and, desc, eq, gt } from 'drizzle-orm';
import { allow, type Ctx, Unauthenticated } from '../../kernel/index.ts';
import { identitySessions, identityUsers } from '../tables.ts';
import type { SignedIn } from './find-session.ts';

/** Where the caller is signed in, newest first, at most 100. Tokens are not among it. */
export async function listSessions(ctx: Ctx) {
  allow(ctx, 'identity.session.list');
  const { userId } = signedInUser(ctx);
  return await ctx.db
    .select({
      id: identitySessions.id,
      createdAt: identitySessions.createdAt,
      lastUsedAt: identitySessions.updatedAt,
      expiresAt: identitySessions.expiresAt,
      ipAddress: identitySessions.ipAddress,
      userAgent: identitySessions.userAgent,
    })
    .from(identitySessions)
    .where(and(eq(identitySessions.userId, userId), gt(identitySessions.expiresAt, ctx.clock.now())))
    .orderBy(desc(identitySessions.createdAt))
    .limit(100);
}

/** The person who calls. */
export async function getMe(ctx: Ctx): Promise<SignedIn['user']> {
  const { userId } = signedInUser(ctx);
  const [user] = await ctx.db
    .select({ id: identityUsers.id, name: identityUsers.name, email: identityUsers.email, role: identityUsers.role })
    .from(identityUsers)
    .where(eq(identityUsers.id, userId));
  if (!user) throw new Unauthenticated('unauthenticated', 'sign in first');
  return user;
}

/** Throws 401 unless a person calls. */
export function signedInUser(ctx: Pick<Ctx, 'actor'>): SignedIn['actor'] {
  if (ctx.actor.kind !== 'user') throw new Unauthenticated('unauthenticated', 'sign in first');
  return ctx.actor;
}
