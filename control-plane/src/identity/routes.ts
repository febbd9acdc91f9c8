import { identityContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok } from '../kernel/index.ts';
import { changePassword } from './change-password.ts';
import { getMe, listSessions, signedInUser } from './sessions/read-sessions.ts';
import { revokeSession } from './sessions/revoke-session.ts';
import { signIn } from './sign-in.ts';

/** `setSession`: gives a browser the token as a cookie, or takes it away (null). */
export interface IdentityHttp {
  readonly ctx: Ctx;
  readonly userAgent: string | null;
  readonly setSession: (token: string | null) => void;
}

const os = implement(identityContract).$context<IdentityHttp>();

export const identityRouter = os.router({
  login: os.login.handler(async ({ context, input }) => {
    const { token, user } = await signIn(context.ctx, { ...input, userAgent: context.userAgent });
    context.setSession(token);
    return ok({ token, user });
  }),
  logout: os.logout.handler(async ({ context }) => {
    await revokeSession(context.ctx, signedInUser(context.ctx).sessionId);
    context.setSession(null);
    return ok({ signed_out: true });
  }),
  me: os.me.handler(async ({ context }) => {
    const user = await getMe(context.ctx);
    return ok({ user, session_id: signedInUser(context.ctx).sessionId });
  }),
  sessions: {
    list: os.sessions.list.handler(async ({ context }) => {
      const sessions = await listSessions(context.ctx);
      const current = signedInUser(context.ctx).sessionId;
      return ok({
        sessions: sessions.map((session) => ({
          id: session.id,
          created_at: session.createdAt.toISOString(),
          last_used_at: session.lastUsedAt.toISOString(),
          expires_at: session.expiresAt.toISOString(),
          ip_address: session.ipAddress,
          user_agent: session.userAgent,
          current: session.id === current,
        })),
      });
    }),
    revoke: os.sessions.revoke.handler(async ({ context, input }) => {
      await revokeSession(context.ctx, input.id);
      return ok({ revoked: true });
    }),
  },
  changePassword: os.changePassword.handler(async ({ context, input }) => {
    await changePassword(context.ctx, { currentPassword: input.current_password, newPassword: input.new_password });
    return ok({ changed: true });
  }),
});
