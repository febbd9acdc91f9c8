import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { type Cidr, mayDial } from '@aicarpool/shared-protocol';
import { AddressRefused, checkedLookup } from '../connect.ts';
import { ProxyFailed } from './proxy-failed.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** Where a tunnel is to end. */
export interface Target {
  readonly scheme: 'https:' | 'http:';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

export type Resolve = NonNullable<Parameters<typeof checkedLookup>[2]>;

export function targetOf(origin: string): Target {
  const url = new URL(origin);
  const scheme = url.protocol === 'http:' ? 'http:' : 'https:';
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  return { scheme, host, port: url.port === '' ? (scheme === 'https:' ? 443 : 80) : Number(url.port) };
}

/**
 * The host as the proxy is told it, checked. SOCKS5 is told an address that was resolved and checked here. The others
 * resolve the name themselves, so only literal addresses and names that can never be public are refused.
 */
export async function hostForProxy(
  { type }: Pick<ProxySettings, 'type'>,
  target: Target,
  allowed: readonly Cidr[],
  resolve: Resolve = lookup,
): Promise<string> {
  const { host, scheme } = target;
  if (isIP(host) !== 0) {
    if (mayDial(scheme, [host], allowed).ok) return host;
    throw refused();
  }
  if (type === 'socks5') return await resolveHere(scheme, host, allowed, resolve);
  if (scheme === 'http:' || isLocalName(host)) throw refused();
  return host;
}

function resolveHere(scheme: string, host: string, allowed: readonly Cidr[], resolve: Resolve): Promise<string> {
  return new Promise((done, fail) => {
    checkedLookup(scheme, allowed, resolve)(host, { all: false }, (error, address) => {
      if (error instanceof AddressRefused) return fail(refused());
      if (error) return fail(new ProxyFailed('here', 'ENOTFOUND', 'the name of the AI provider could not be resolved'));
      return done(String(address));
    });
  });
}

function refused(): ProxyFailed {
  return new ProxyFailed('here', 'ADDRESS_REFUSED', 'the address of the upstream is not one that this node may talk to');
}

/** Names that resolve inside a network only: at the proxy they would lead into the proxy's. */
function isLocalName(host: string): boolean {
  const name = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
  return !name.includes('.') || ['.localhost', '.local', '.internal', '.lan', '.home.arpa'].some((end) => name.endsWith(end));
}
