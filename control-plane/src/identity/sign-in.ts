import { allow, audit, type Ctx, Invalid, inTransaction, Unauthenticated } from '../kernel/index.ts';
import { addressHeader, authOf } from './auth.ts';
import { limitSignIns } from './limit-sign-ins.ts';
import { findSession, type SignedIn } from './sessions/find-session.ts';
import { signSessionToken } from './sessions/session-token.ts';

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  readonly userAgent: string | null;
}

/** Opens a session. The same 401 after the same time whether the email or the password is wrong. */
export async function signIn(ctx: Ctx, input: SignInInput): Promise<SignedIn & { readonly token: string }> {
  allow(ctx, 'identity.session.create');
  return await limitSignIns(ctx, input.email, async () => {
    const token = await checkPassword(ctx, input);
    const signedIn = token === undefined ? undefined : await findSession(ctx, token);
    if (token === undefined || !signedIn) {
      await note(ctx, 'identity.session.refuse', { kind: 'email', id: input.email.toLowerCase() });
      throw new Unauthenticated('invalid_credentials', 'email or password is wrong');
    }
    await note({ ...ctx, actor: signedIn.actor }, 'identity.session.create', { kind: 'session', id: signedIn.actor.sessionId });
    return { ...signedIn, token: signSessionToken(ctx.keyring, token) };
  });
}

async function checkPassword(ctx: Ctx, { email, password, userAgent }: SignInInput): Promise<string | undefined> {
  const auth = await authOf(ctx);
  const headers = new Headers({ [addressHeader]: ctx.address ?? '', 'user-agent': (userAgent ?? '').slice(0, 300) });
  try {
    return (await auth.api.signInEmail({ body: { email, password }, headers })).token;
  } catch (error) {
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
    if (status === 401) return undefined;
    if (status === 400) throw new Invalid('invalid_email', 'this is not an email address');
    throw error;
  }
}

async function note(ctx: Ctx, action: string, target: { kind: string; id: string }): Promise<void> {
  await inTransaction(ctx, (tx) => audit(tx, ctx, { action, target }));
}
