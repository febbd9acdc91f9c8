import { lookup } from 'node:dns/promises';
import { type Cidr, type DialVerdict, mayDial, parseIpAddress } from '@aicarpool/shared-protocol';
import { Invalid } from '../../kernel/index.ts';
import { simulatorBaseUrl } from '../services/built-in-services.ts';

/** Where upstreams may lie. `resolve` gives every address of a host name, or none when it has none. */
export interface AddressPolicy {
  readonly allowed: readonly Cidr[];
  resolve(host: string): Promise<readonly string[]>;
}

const lookupMs = 3000;

/** The policy of this installation: public addresses over HTTPS, and whatever `CARPOOL_ALLOW_PRIVATE_UPSTREAMS` names. */
export function openAddressPolicy(allowed: readonly Cidr[]): AddressPolicy {
  return { allowed, resolve: resolveHost };
}

async function resolveHost(host: string): Promise<readonly string[]> {
  const timeout = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => timeout.resolve([]), lookupMs);
  const found = lookup(host, { all: true }).then(
    (entries) => entries.map(({ address }) => address),
    () => [],
  );
  return await Promise.race([found, timeout.promise]).finally(() => clearTimeout(timer));
}

/**
 * The base URL as it is stored, without a slash at its end. Throws Invalid where it is no base URL, or leads where
 * upstreams may not lie. A name that does not resolve from here is accepted for HTTPS: nodes check every address again
 * when they connect.
 */
export async function checkBaseUrl(policy: AddressPolicy, serviceId: string, text: string): Promise<string> {
  if (text === simulatorBaseUrl && serviceId === 'simulator') return text;
  const url = parseBaseUrl(text);
  await assertReachable(policy, url);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Throws Invalid where upstreams may not lie at the address of this URL. */
export async function assertReachable(policy: AddressPolicy, url: URL): Promise<void> {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const addresses = parseIpAddress(host) ? [host] : await policy.resolve(host);
  const verdict = mayDial(url.protocol, addresses, policy.allowed);
  const isUnknownHere = !verdict.ok && verdict.reason === 'no_address' && url.protocol === 'https:' && !isLocalName(host);
  if (!verdict.ok && !isUnknownHere)
    throw new Invalid('base_url_not_allowed', reasons[verdict.reason], { reason: verdict.reason });
}

const reasons: Record<Exclude<DialVerdict, { ok: true }>['reason'], string> = {
  scheme: 'the base URL must begin with https://',
  no_address: 'the host of the base URL has no address',
  not_an_address: 'the host of the base URL has no address',
  address_denied:
    'the base URL leads to a private, local or reserved address; an administrator can allow a network with CARPOOL_ALLOW_PRIVATE_UPSTREAMS',
  plain_http: 'plain http:// is allowed only to addresses named in CARPOOL_ALLOW_PRIVATE_UPSTREAMS; use https://',
};

/** A URL that can stand in front of a path: no user, no query, no fragment. Throws Invalid. */
export function parseBaseUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new Invalid('base_url_malformed', 'the base URL is not a URL; it looks like https://api.example.com');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Invalid('base_url_not_allowed', reasons.scheme, { reason: 'scheme' });
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    throw new Invalid('base_url_malformed', 'the base URL may hold no user name, no query and no fragment');
  }
  return url;
}

function isLocalName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  return !name.includes('.') || /\.(localhost|local|internal|lan|home\.arpa)$/.test(name);
}
