import { isInside, mayDial, parseIpAddress } from '@aicarpool/shared-protocol';
import { Invalid } from '../../kernel/index.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';

/**
 * The host as it is stored. Throws 400 `proxy_host_malformed` or `proxy_host_not_allowed`. A name that does not resolve
 * from here is accepted, for nodes check every address again when they connect.
 */
export async function checkProxyHost(policy: AddressPolicy, text: string): Promise<string> {
  const host = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text.toLowerCase();
  const literal = parseIpAddress(host);
  if (!literal && !isHostName(host)) {
    throw new Invalid('proxy_host_malformed', 'host is a name or an address, without a scheme, a port or a path');
  }
  if (literal && isInside(literal, policy.allowed)) return host;
  const addresses = literal ? [host] : await policy.resolve(host);
  const verdict = mayDial('https:', addresses, policy.allowed);
  const isUnknownHere = !verdict.ok && verdict.reason === 'no_address' && host.includes('.') && !host.endsWith('.local');
  if (verdict.ok || isUnknownHere) return host;
  throw new Invalid(
    'proxy_host_not_allowed',
    'the host leads to a private, local or reserved address; an administrator can allow a network with CARPOOL_ALLOW_PRIVATE_UPSTREAMS',
    { reason: verdict.reason },
  );
}

function isHostName(host: string): boolean {
  return URL.canParse(`http://${host}`) && new URL(`http://${host}`).host === host && !/^\d+(\.\d+)*$/.test(host);
}
