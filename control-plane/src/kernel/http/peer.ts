import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';

/** The address of the socket's other end, without the IPv4-in-IPv6 prefix. Forwarded headers are not believed. */
export function peerAddress(c: Context): string | null {
  const { address } = getConnInfo(c).remote;
  return address?.replace(/^::ffff:/, '') ?? null;
}

const forwardedHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Does a program on this machine ask, and not a proxy for somebody else? */
export function isLocalCaller(c: Context): boolean {
  if (forwardedHeaders.some((name) => c.req.header(name) !== undefined)) return false;
  const address = peerAddress(c) ?? '';
  return address === '::1' || address.startsWith('127.');
}
