import { newId } from '@aicarpool/shared-protocol';
import type { Ctx, Keyring } from '../kernel/index.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { identityAccounts, identitySessions, identityUsers, identityVerifications } from './tables.ts';

export const sessionLifetimeS = 7 * 24 * 3600;
/** The header in which we hand on where a caller is; callers cannot set it, for it is made anew for each call. */
export const addressHeader = 'x-carpool-address';

const opened = new WeakMap<Keyring, ReturnType<typeof openAuth>>();

/** better-auth over our tables. Loaded by the first sign-in: it takes a third of a second. */
export function authOf(ctx: Pick<Ctx, 'db' | 'keyring'>): ReturnType<typeof openAuth> {
  const found = opened.get(ctx.keyring);
  if (found) return found;
  const made = openAuth(ctx);
  opened.set(ctx.keyring, made);
  return made;
}

async function openAuth({ db, keyring }: Pick<Ctx, 'db' | 'keyring'>) {
  const [{ betterAuth }, { drizzleAdapter }, { bearer }] = await Promise.all([
    import('better-auth'),
    import('better-auth/adapters/drizzle'),
    import('better-auth/plugins'),
  ]);
  return betterAuth({
    baseURL: 'http://localhost/internal-auth',
    secret: keyring.derive('better-auth').toString('base64url'),
    database: drizzleAdapter(db, {
      provider: 'pg',
      schema: {
        user: identityUsers,
        session: identitySessions,
        account: identityAccounts,
        verification: identityVerifications,
      },
    }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(hash, password) },
    },
    user: { additionalFields: { role: { type: 'string', required: true, input: false } } },
    session: { expiresIn: sessionLifetimeS, cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    plugins: [bearer({ requireSignature: true })],
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      database: { generateId: ({ model }) => newId(model === 'session' ? 'session' : 'user') },
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
  });
}
