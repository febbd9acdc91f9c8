/** One IP address as a number. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A block of addresses: all whose first `prefix` bits are those of `value`. */
export interface Cidr extends IpAddress {
  readonly prefix: number;
}

/** Reads an address as text; brackets around IPv6 are accepted, zone ids, ports and short forms (`127.1`) are not. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!bare.includes(':')) {
    const value = parseV4(bare);
    return value === undefined ? undefined : { family: 4, value };
  }
  const value = parseV6(bare);
  return value === undefined ? undefined : withoutMapping(value);
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or a bare address as a block of one. Bits behind the prefix may be set; they do not count. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, rest] = text.split('/');
  if (rest !== undefined) return undefined;
  const parsed = parseIpAddress(address);
  if (!parsed) return undefined;
  const bits = bitsOf(parsed);
  if (length === undefined) return { ...parsed, prefix: bits };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  const isMapped = parsed.family === 4 && address.includes(':');
  const prefix = isMapped ? Number(length) - 96 : Number(length);
  return prefix < 0 || prefix > bits ? undefined : { ...parsed, prefix };
}

/** Lies the address in one of the blocks? IPv4 and IPv6 never match each other. */
export function isInside(address: IpAddress, blocks: readonly Cidr[]): boolean {
  return blocks.some((block) => {
    if (block.family !== address.family) return false;
    const shift = BigInt(bitsOf(block) - block.prefix);
    return address.value >> shift === block.value >> shift;
  });
}

/**
 * Is this an address of the public internet? Not: loopback, private, link-local (cloud metadata), carrier-grade NAT,
 * unique local, multicast, documentation, reserved. After the special-purpose registries of IANA (RFC 6890).
 * Translated addresses (NAT64 `64:ff9b::/96`, 6to4) are judged by the IPv4 address within.
 */
export function isPublicAddress(address: IpAddress): boolean {
  if (address.family === 4) return !isInside(address, specialV4);
  if (isInside(address, nat64)) return isPublicAddress({ family: 4, value: address.value & 0xffff_ffffn });
  if (isInside(address, sixToFour)) return isPublicAddress({ family: 4, value: (address.value >> 80n) & 0xffff_ffffn });
  return isInside(address, globalUnicastV6) && !isInside(address, specialV6);
}

export type DialVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'scheme' | 'no_address' | 'not_an_address' | 'address_denied' | 'plain_http' };

/**
 * May an upstream at these resolved addresses be dialled? Every address must be public or lie in `allowed`;
 * plain HTTP needs every address in `allowed`. Asked when a base URL is set, and again for each new connection.
 */
export function mayDial(
  scheme: 'https:' | 'http:' | (string & {}),
  addresses: readonly string[],
  allowed: readonly Cidr[],
): DialVerdict {
  if (scheme !== 'https:' && scheme !== 'http:') return { ok: false, reason: 'scheme' };
  if (addresses.length === 0) return { ok: false, reason: 'no_address' };
  for (const text of addresses) {
    const address = parseIpAddress(text);
    if (!address) return { ok: false, reason: 'not_an_address' };
    if (isInside(address, allowed)) continue;
    if (!isPublicAddress(address)) return { ok: false, reason: 'address_denied' };
    if (scheme === 'http:') return { ok: false, reason: 'plain_http' };
  }
  return { ok: true };
}

const bitsOf = (address: IpAddress) => (address.family === 4 ? 32 : 128);

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 8 ? join(head) : undefined;
  if (!tail) return undefined;
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : join([...head, ...Array<bigint>(zeros).fill(0n), ...tail]);
}

function groupsOf(text: string, half: number, halves: readonly string[]): bigint[] | undefined {
  if (text === '') return halves.length === 2 ? [] : undefined;
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    const isLast = half === halves.length - 1 && at === parts.length - 1;
    if (isLast && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else return undefined;
  }
  return groups;
}

const join = (groups: readonly bigint[]) => groups.reduce((value, group) => (value << 16n) | group, 0n);

function withoutMapping(value: bigint): IpAddress {
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

function blocks(...texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const block = parseCidr(text);
    if (!block) throw new RangeError(`${text} is no block of addresses`);
    return block;
  });
}

const specialV4 = blocks(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
);
const globalUnicastV6 = blocks('2000::/3');
const specialV6 = blocks('2001::/23', '2001:db8::/32', '3fff::/20');
const nat64 = blocks('64:ff9b::/96');
const sixToFour = blocks('2002::/16');
