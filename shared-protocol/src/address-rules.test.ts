import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInside, isPublicAddress, mayDial, parseCidr, parseIpAddress } from './address-rules.ts';

const isPublic = (text: string) => {
  const address = parseIpAddress(text);
  if (!address) throw new Error(`${text} was not read`);
  return isPublicAddress(address);
};
const cidrs = (...texts: string[]) => texts.map((text) => parseCidr(text) ?? expect.fail(`${text} was not read`));

describe('parseIpAddress', () => {
  it.each([
    ['1.2.3.4', 4, 0x01020304n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['[::1]', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['1:2:3:4:5:6:7:8', 6, 0x00010002000300040005000600070008n],
    ['2001:DB8::a', 6, (0x20010db8n << 96n) | 10n],
    ['::ffff:10.0.0.1', 4, 0x0a000001n],
    ['::ffff:7f00:1', 4, 0x7f000001n],
    ['64:ff9b::1.2.3.4', 6, (0x0064ff9bn << 96n) | 0x01020304n],
  ])('reads %s', (text, family, value) => {
    expect(parseIpAddress(text)).toEqual({ family, value });
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '0x7f.1.1.1',
    '127.1',
    ' 1.2.3.4',
    '1.2.3.4 ',
    'localhost',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3',
    '1:2:3:4:5:6:7::8',
    '[::1',
    '::1/64',
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });

  it('reads back every IPv6 address that it is given in full', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(parseIpAddress(text)).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        const full = parseIpAddress(groups.map((group) => group.toString(16)).join(':'));
        const upper = parseIpAddress(groups.map((group) => group.toString(16).toUpperCase().padStart(4, '0')).join(':'));
        expect(full).toEqual(upper);
      }),
    );
  });
});

describe('parseCidr', () => {
  it('takes a bare address as a block of one', () => {
    expect(parseCidr('10.0.0.1')?.prefix).toBe(32);
    expect(parseCidr('::1')?.prefix).toBe(128);
  });

  it('reads a mapped block as the IPv4 block', () => {
    expect(parseCidr('::ffff:10.0.0.0/104')).toEqual(parseCidr('10.0.0.0/8'));
  });

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/a', '/8', '::ffff:10.0.0.0/8'])(
    'refuses %s',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});

describe('isInside', () => {
  it.each([
    ['10.255.255.255', '10.0.0.0/8', true],
    ['11.0.0.0', '10.0.0.0/8', false],
    ['10.1.2.3', '10.9.9.9/8', true],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['1.2.3.4', '::/0', false],
    ['::ffff:127.0.0.1', '127.0.0.0/8', true],
    ['fd00::1', 'fd00::/8', true],
    ['192.168.1.2', '192.168.1.2', true],
    ['192.168.1.3', '192.168.1.2', false],
  ])('says for %s in %s: %s', (address, block, expected) => {
    const parsed = parseIpAddress(address) ?? expect.fail(address);
    expect(isInside(parsed, cidrs(block))).toBe(expected);
  });
});

describe('isPublicAddress', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2001::1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '4000::1',
  ])('denies %s', (text) => {
    expect(isPublic(text)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '::ffff:8.8.8.8',
    '2606:4700::1111',
    '2a00:1450::1',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '2001:4860:4860::8888',
  ])('accepts %s', (text) => {
    expect(isPublic(text)).toBe(true);
  });
});

describe('mayDial', () => {
  const allowed = cidrs('127.0.0.0/8', '10.1.0.0/16', '::1');

  it.each([
    ['https:', ['1.1.1.1'], { ok: true }],
    ['https:', ['1.1.1.1', '10.0.0.1'], { ok: false, reason: 'address_denied' }],
    ['https:', ['127.0.0.1', '1.1.1.1'], { ok: true }],
    ['http:', ['127.0.0.1', '::1'], { ok: true }],
    ['http:', ['1.1.1.1'], { ok: false, reason: 'plain_http' }],
    ['http:', ['127.0.0.1', '1.1.1.1'], { ok: false, reason: 'plain_http' }],
    ['http:', ['10.2.0.1'], { ok: false, reason: 'address_denied' }],
    ['https:', [], { ok: false, reason: 'no_address' }],
    ['https:', ['example.com'], { ok: false, reason: 'not_an_address' }],
    ['ftp:', ['1.1.1.1'], { ok: false, reason: 'scheme' }],
  ] as const)('answers %s to %j with %j', (scheme, addresses, verdict) => {
    expect(mayDial(scheme, addresses, allowed)).toEqual(verdict);
  });
});
