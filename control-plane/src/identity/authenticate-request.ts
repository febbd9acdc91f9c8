import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { Forbidden, type HttpEnv } from '../kernel/index.ts';
import { findSession } from './sessions/find-session.ts';
import { openSessionToken } from './sessions/session-token.ts';

export const sessionCookie = 'carpool_session';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Turns `Authorization: Bearer …` or the session cookie into `ctx.actor`. Whoever brings neither, or an ended one, stays
 * anonymous. A write by cookie has to come from a page of our own, or it is refused with 403.
 */
export function authenticateRequest(publicUrl: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const { ctx } = c.var;
    const [scheme, bearer] = (c.req.header('authorization') ?? '').split(' ');
    const fromHeader = scheme?.toLowerCase() === 'bearer' ? bearer : undefined;
    const signed = fromHeader ?? getCookie(c, sessionCookie);
    const token = signed === undefined ? undefined : openSessionToken(ctx.keyring, signed);
    const found = token === undefined ? undefined : await findSession(ctx, token);
    if (found) {
      if (fromHeader === undefined && !safeMethods.has(c.req.method) && !isOwnPage(c.req.raw.headers, publicUrl)) {
        throw new Forbidden('cross_site', 'a change with the session cookie has to come from a page of this console');
      }
      c.set('ctx', { ...ctx, actor: found.actor });
    }
    await next();
  };
}

/** Does the browser say that one of our own pages asks? */
export function isOwnPage(headers: Headers, publicUrl: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  if (origin === null || !URL.canParse(origin)) return false;
  return origin === new URL(publicUrl).origin || new URL(origin).host === headers.get('host');
}

/** Does the browser say that a page of somebody else asks? Programs that are no browsers say nothing. */
export function isForeignPage(headers: Headers, publicUrl: string): boolean {
  const speaks = headers.has('sec-fetch-site') || headers.has('origin');
  return speaks && !isOwnPage(headers, publicUrl);
}
