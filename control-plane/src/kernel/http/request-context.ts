import { newId } from '@aicarpool/shared-protocol';
import type { Context, MiddlewareHandler } from 'hono';
import type { Ctx } from '../context.ts';
import { problemOf } from './problem-of.ts';

/** What every hono handler finds in `c.var`. */
export type HttpEnv = { Variables: { ctx: Ctx } };

/** The parts of a context that do not depend on the request. */
export type CtxParts = Pick<Ctx, 'db' | 'clock' | 'log' | 'keyring' | 'jobs'>;

/** Gives each request an id, an anonymous context, an access-log line and, when it throws, a problem as its answer. */
export function requestContext(parts: CtxParts, addressOf: (c: Context) => string | null): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const requestId = newId('request');
    const startedAtMs = performance.now();
    const log = parts.log.child({ request_id: requestId });
    c.set('ctx', { ...parts, log, requestId, address: addressOf(c), actor: { kind: 'anonymous' } });
    c.header('x-request-id', requestId);
    await next();
    log.info(
      {
        method: c.req.method,
        path: c.req.path,
        status: c.res.status,
        duration_ms: Math.round(performance.now() - startedAtMs),
        actor: c.var.ctx.actor.kind,
      },
      'request',
    );
  };
}

/** For `app.onError`: the problem of what a handler threw. */
export function replyError(error: unknown, c: Context<HttpEnv>): Response {
  const { ctx } = c.var;
  const reply = problemOf(error, ctx.requestId);
  if (reply.isBug) ctx.log.error({ error }, 'a request failed unexpectedly');
  // What is left of a body that is too large is not read, so the connection cannot be used again.
  const end = reply.status === 413 ? { connection: 'close' } : {};
  return new Response(JSON.stringify(reply.body), {
    status: reply.status,
    headers: { 'content-type': 'application/json', 'x-request-id': ctx.requestId, ...reply.headers, ...end },
  });
}
