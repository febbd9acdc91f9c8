import { oc } from '@orpc/contract';
import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { instant, ok } from './envelope.ts';

const tags = ['Identity'];

export const role = z.enum(['super_admin', 'admin', 'distributor', 'group_manager', 'group_member']);
export type Role = z.infer<typeof role>;

/** A person, as they are shown to themselves. */
export const user = z.object({ id: z.string(), name: z.string(), email: z.string(), role });
export type User = z.infer<typeof user>;

/** One place where a person is signed in. The token of a session is shown once, at sign-in, and never again. */
export const session = z.object({
  id: z.string(),
  created_at: instant,
  last_used_at: instant.describe('exact to an hour or so'),
  expires_at: instant,
  ip_address: z.string().nullable().describe('where the sign-in came from'),
  user_agent: z.string().nullable(),
  current: z.boolean().describe('is it the session that asks?'),
});
export type Session = z.infer<typeof session>;

const password = z.string().min(1).max(256);

/**
 * Signing in and out. The answer of `login` holds the token for `Authorization: Bearer …`; browsers also get it as an
 * http-only cookie. Five failed sign-ins within a minute for one email from one address answer 429 with Retry-After.
 */
export const identityContract = {
  login: oc
    .route({ method: 'POST', path: '/auth/login', summary: 'Sign in', tags })
    .input(z.object({ email: z.string().trim().min(3).max(254), password }))
    .output(ok(z.object({ token: z.string(), user }))),
  logout: oc
    .route({ method: 'POST', path: '/auth/logout', summary: 'End the session that asks', tags })
    .output(ok(z.object({ signed_out: z.literal(true) }))),
  me: oc
    .route({ method: 'GET', path: '/auth/me', summary: 'Who am I?', tags })
    .output(ok(z.object({ user, session_id: z.string() }))),
  sessions: {
    list: oc
      .route({ method: 'GET', path: '/auth/sessions', summary: 'Where I am signed in', tags })
      .output(ok(z.object({ sessions: z.array(session) }))),
    revoke: oc
      .route({ method: 'DELETE', path: '/auth/sessions/{id}', summary: 'End one of my sessions', tags })
      .input(z.object({ id: idSchema('session') }))
      .output(ok(z.object({ revoked: z.literal(true) }))),
  },
  changePassword: oc
    .route({ method: 'POST', path: '/auth/change-password', summary: 'Change my password', tags })
    .input(
      z.object({
        current_password: password,
        new_password: z.string().min(8).max(256).describe('ends all other sessions'),
      }),
    )
    .output(ok(z.object({ changed: z.literal(true) }))),
};
