import type { KeyResource } from '@aicarpool/shared-protocol';
import ipaddr from 'ipaddr.js';
import type { KeyEntry } from '../snapshot.ts';
import { modelTest } from './model-names.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Throws on an address list that cannot be read. */
export function compileKey(body: KeyResource): KeyEntry {
  return {
    id: body.id,
    userId: body.user_id,
    groupId: body.group_id,
    active: body.status === 'active',
    expiresAtMs: body.expires_at === null ? null : instantMs(body.expires_at),
    restrictedModels: body.restricted_models && new Set(body.restricted_models),
    allowsAddress: body.ip_allowlist && addressTest(body.ip_allowlist),
    rateLimit: body.rate_limit && { requests: body.rate_limit.requests, windowMs: body.rate_limit.window_s * 1000 },
    tokenLimit: body.token_limit,
    deniesModel: modelTest(body.denied_models),
    deniedFeatures: new Set(body.denied_features),
    tokensPerMinute: body.tokens_per_minute,
    concurrency: body.concurrency,
  };
}

function instantMs(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`expires_at is no instant: ${text.slice(0, 40)}`);
  return ms;
}

/** Addresses and CIDRs as one test. An IPv4 caller that arrives as `::ffff:a.b.c.d` counts as IPv4. */
export function addressTest(allowed: readonly string[]): (ip: string) => boolean {
  const ranges = allowed.map(rangeOf);
  return (ip) => {
    if (!ipaddr.isValid(ip)) return false;
    const address = ipaddr.process(ip);
    return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  };
}

function rangeOf(text: string): [Address, number] {
  if (!text.includes('/')) {
    const address = ipaddr.process(text.trim());
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [network, bits] = ipaddr.parseCIDR(text.trim());
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96) return [network.toIPv4Address(), bits - 96];
  return [network, bits];
}
