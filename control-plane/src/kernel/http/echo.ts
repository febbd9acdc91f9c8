import { forwardingHeaders, isPublicAddress, parseIpAddress } from '@aicarpool/shared-protocol';
import { Hono } from 'hono';
import { LimitReached } from '../errors.ts';
import { ok } from './reply.ts';
import type { HttpEnv } from './request-context.ts';

const perMinute = 30;
const addressesAtMost = 10_000;
const minuteMs = 60_000;

/**
 * Tells callers from where they are seen, so that a node can ask it through an outbound proxy. Behind a reverse proxy of
 * our own neither the address nor the headers say anything, and nothing is said.
 */
export function echoApi(): Hono<HttpEnv> {
  const calls = new Map<string, number>();
  let minute = 0;
  const http = new Hono<HttpEnv>();
  http.get('/', (c) => {
    const { address, clock } = c.var.ctx;
    const now = Math.floor(clock.now().getTime() / minuteMs);
    if (now !== minute || calls.size >= addressesAtMost) calls.clear();
    minute = now;
    const count = (calls.get(address ?? '') ?? 0) + 1;
    calls.set(address ?? '', count);
    if (count > perMinute) throw new LimitReached('echo_busy', 'too many calls from this address; wait a minute', undefined, 60);
    const seen = address === null ? undefined : parseIpAddress(address);
    c.header('cache-control', 'no-store');
    if (!seen || !isPublicAddress(seen)) return c.json(ok({ address: null, headers: null }));
    const headers = forwardingHeaders.flatMap((name) => {
      const value = c.req.header(name);
      return value === undefined ? [] : [[name, value.slice(0, 200)] as const];
    });
    return c.json(ok({ address, headers: Object.fromEntries(headers) }));
  });
  return http;
}
