import type { LookupAddress } from 'node:dns';
import { parseCidr } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { dialProxy } from './dial-proxy.ts';
import { findSettings } from './proxy-settings.ts';
import { hostForProxy, type Resolve, targetOf } from './target.ts';

const answers =
  (...addresses: string[]): Resolve =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

const host = (type: 'socks5' | 'socks5h' | 'http', origin: string, resolve?: Resolve, allowed: string[] = []) =>
  hostForProxy(
    { type },
    targetOf(origin),
    allowed.flatMap((text) => parseCidr(text) ?? []),
    resolve,
  ).catch((error: { code: string }) => error.code);

describe('what a proxy is asked for', () => {
  it('is an address that was resolved and checked here with SOCKS5, the name with the others', async () => {
    expect(await host('socks5', 'https://provider.example', answers('1.1.1.1', '1.0.0.1'))).toBe('1.1.1.1');
    expect(await host('socks5h', 'https://provider.example', answers('10.0.0.1'))).toBe('provider.example');
    expect(await host('http', 'https://provider.example:8443')).toBe('provider.example');
  });

  it.each(['10.0.0.1', '127.0.0.1', '169.254.169.254', '::1', 'fd00:ec2::254', '100.100.100.200'])(
    'is never a name that leads to %s, also among good addresses',
    async (address) => {
      expect(await host('socks5', 'https://rebound.example', answers(address))).toBe('ADDRESS_REFUSED');
      expect(await host('socks5', 'https://rebound.example', answers('1.1.1.1', address))).toBe('ADDRESS_REFUSED');
    },
  );

  it('is what the operator allowed', async () => {
    expect(await host('socks5h', 'http://10.1.2.3:8000', undefined, ['10.0.0.0/8'])).toBe('10.1.2.3');
    expect(await host('socks5', 'http://inner.example', answers('10.1.2.3'), ['10.0.0.0/8'])).toBe('10.1.2.3');
    expect(await host('socks5', 'http://outer.example', answers('1.1.1.1'), ['10.0.0.0/8'])).toBe('ADDRESS_REFUSED');
  });
});

it('dials a proxy by the address that was checked: a name that changes its mind gains nothing', async () => {
  const settings = findSettings({
    ...{ id: 'p', type: 'socks5', host: 'proxy.example', port: 9, username: null, password: () => null },
    ...{ maxConcurrent: 1, location: null },
  });
  if (!settings) throw new Error('no settings');
  let asked = 0;
  const rebinding: Resolve = (name, options, callback) => {
    asked += 1;
    answers(asked === 1 ? '127.0.0.1' : '1.1.1.1')(name, options, callback);
  };
  await expect(dialProxy(settings, [], 500, rebinding)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED', blame: 'rules' });
  expect(asked).toBe(1);
});
