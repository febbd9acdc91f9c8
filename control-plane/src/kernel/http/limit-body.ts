import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { CarpoolError } from '../errors.ts';
import type { HttpEnv } from './request-context.ts';

/** Refuses bodies above `bytes` with 413. */
export function limitBody(bytes: number): MiddlewareHandler<HttpEnv> {
  const refuse = (): never => {
    throw new CarpoolError(413, 'body_too_large', `the body may have ${bytes} bytes`);
  };
  const counting = bodyLimit({ maxSize: bytes, onError: refuse });
  return async (c, next) => {
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return await counting(c, next);
    // The HTTP parser reads no more than was announced. The library would wrap the body in a stream to find out if there is one.
    if (Number(length) > bytes) refuse();
    return await next();
  };
}
