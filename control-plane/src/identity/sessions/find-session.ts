import { and, eq, gt } from 'drizzle-orm';
import type { Actor, Ctx, Role } from '../../kernel/index.ts';
import { sessionLifetimeS } from '../auth.ts';
import { identitySessions, identityUsers } from '../tables.ts';

export interface SignedIn {
  readonly actor: Extract<Actor, { kind: 'user' }>;
  readonly user: { readonly id: string; readonly name: string; readonly email: string; readonly role: Role };
}

const renewEveryMs = 3_600_000;

/** Who holds this session, or undefined when it ended. One query; once an hour of use it lasts seven days from now again. */
export async function findSession(ctx: Pick<Ctx, 'db' | 'clock'>, token: string): Promise<SignedIn | undefined> {
  const now = ctx.clock.now();
  const [row] = await ctx.db
    .select({
      sessionId: identitySessions.id,
      updatedAt: identitySessions.updatedAt,
      id: identityUsers.id,
      name: identityUsers.name,
      email: identityUsers.email,
      role: identityUsers.role,
    })
    .from(identitySessions)
    .innerJoin(identityUsers, eq(identityUsers.id, identitySessions.userId))
    .where(and(eq(identitySessions.token, token), gt(identitySessions.expiresAt, now)));
  if (!row) return undefined;
  if (now.getTime() - row.updatedAt.getTime() > renewEveryMs) {
    const expiresAt = new Date(now.getTime() + sessionLifetimeS * 1000);
    await ctx.db.update(identitySessions).set({ updatedAt: now, expiresAt }).where(eq(identitySessions.id, row.sessionId));
  }
  const { id, name, email, role } = row;
  return { actor: { kind: 'user', userId: id, role, sessionId: row.sessionId }, user: { id, name, email, role } };
}
