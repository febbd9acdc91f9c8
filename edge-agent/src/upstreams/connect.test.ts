import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseCidr } from '@aicarpool/shared-protocol';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { checkedConnector, checkedLookup } from './connect.ts';

const cidrs = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? []);

function look(addresses: readonly string[], allowed: readonly string[] = [], scheme = 'https:') {
  const resolved = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = checkedLookup(scheme, cidrs(...allowed), (_name, _options, callback) => callback(null, resolved));
  return new Promise<unknown>((resolve) => {
    lookup('provider.example', { all: true }, (error, found) => resolve(error ? (error as { code?: string }).code : found));
  });
}

async function dial(url: string, allowed: readonly string[]) {
  const agent = new Agent({ connect: checkedConnector(cidrs(...allowed), 1_000) });
  try {
    const { statusCode } = await agent.request({ origin: url, path: '/', method: 'GET' });
    return statusCode;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await agent.destroy();
  }
}

describe('a name', () => {
  it('that leads to public addresses is followed', async () => {
    expect(await look(['1.1.1.1', '2606:4700::1'])).toHaveLength(2);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.64.0.1', '::1', 'fd00::1', '::ffff:10.0.0.1', '224.0.0.1'])(
    'that leads to %s is refused, also when only one of its addresses does',
    async (address) => {
      expect(await look([address])).toBe('ADDRESS_REFUSED');
      expect(await look(['1.1.1.1', address])).toBe('ADDRESS_REFUSED');
    },
  );

  it('that leads into a block the operator named is followed', async () => {
    expect(await look(['10.0.0.1'], ['10.0.0.0/8'])).toHaveLength(1);
  });

  it('is not followed in plain HTTP to the public internet', async () => {
    expect(await look(['1.1.1.1'], [], 'http:')).toBe('ADDRESS_REFUSED');
  });
});

describe('a literal address', () => {
  it('has no look-up and is refused all the same', async () => {
    const server = createServer((_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await dial(`http://127.0.0.1:${port}`, [])).toBe('ADDRESS_REFUSED');
    expect(await dial(`http://localhost:${port}`, [])).toBe('ADDRESS_REFUSED');
    expect(await dial(`http://[::ffff:7f00:1]:${port}`, [])).toBe('ADDRESS_REFUSED');
    expect(await dial(`http://2130706433:${port}`, [])).toBe('ADDRESS_REFUSED');
    expect(await dial(`http://127.0.0.1:${port}`, ['127.0.0.0/8'])).toBe(200);
    await new Promise((resolve) => server.close(resolve));
  });
});
