import { ORPCError, ValidationError } from '@orpc/contract';
import { OpenAPIHandler } from '@orpc/openapi/fetch';
import type { AnyRouter, Context as OrpcContext, Router } from '@orpc/server';
import type { Context, MiddlewareHandler } from 'hono';
import { CarpoolError, Invalid, Unauthenticated } from '../errors.ts';
import { problemOf } from './problem-of.ts';
import { issuesOf } from './read-json.ts';
import type { HttpEnv } from './request-context.ts';

/** What a handler threw, apart from what went wrong while the request was read. */
class HandlerFailed extends Error {}

/**
 * Serves an oRPC router below `prefix`; what it does not know goes on to the next handler. Errors answer as problems.
 * Only `openCalls` (`domain.call`) hear of what is wrong in a request from nobody; all others answer 401 before they read.
 */
export function consoleApi<T extends OrpcContext & { ctx: HttpEnv['Variables']['ctx'] }>(
  router: AnyRouter,
  prefix: `/${string}`,
  contextOf: (c: Context<HttpEnv>) => T,
  openCalls: ReadonlySet<string> = new Set(),
): MiddlewareHandler<HttpEnv> {
  const handler = new OpenAPIHandler<T>(router as Router<Record<never, never>, T>, {
    clientInterceptors: [
      async ({ next, context, path }) => {
        try {
          if (context.ctx.actor.kind === 'anonymous' && !openCalls.has(path.join('.'))) {
            throw new Unauthenticated('unauthenticated', 'sign in first');
          }
          return await next();
        } catch (error) {
          throw new HandlerFailed('a handler failed', { cause: error });
        }
      },
    ],
    interceptors: [
      async ({ next, context: { ctx } }) => {
        try {
          return await next();
        } catch (error) {
          const { status, headers, body, isBug } = problemOf(reasonOf(error), ctx.requestId);
          if (isBug)
            ctx.log.error({ error: error instanceof HandlerFailed ? error.cause : error }, 'a request failed unexpectedly');
          return { matched: true, response: { status, headers: { ...headers }, body } };
        }
      },
    ],
  });
  return async (c, next) => {
    const { matched, response } = await handler.handle(c.req.raw, { prefix, context: contextOf(c) } as never);
    if (!matched) return await next();
    return c.newResponse(response.body, response);
  };
}

function reasonOf(error: unknown): unknown {
  if (!(error instanceof HandlerFailed)) return error instanceof CarpoolError ? error : unreadable();
  const { cause } = error;
  if (!(cause instanceof ORPCError)) return cause;
  if (cause.status >= 500) return cause.cause ?? cause;
  if (cause.cause instanceof ValidationError) {
    return new Invalid('invalid_input', 'something in the request is not as it should be', {
      issues: issuesOf(issuePaths(cause.cause)),
    });
  }
  return new CarpoolError(cause.status, cause.code.toLowerCase(), cause.message);
}

function unreadable(): Invalid {
  return new Invalid('invalid_body', 'the body cannot be read: send JSON with `content-type: application/json`');
}

function issuePaths(error: ValidationError) {
  return error.issues.map(({ message, path }) => ({
    message,
    path: path?.map((step) => (typeof step === 'object' ? step.key : step)),
  }));
}
