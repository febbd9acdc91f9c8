import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SmallProxyOptions, smallProxy } from '../../../../../edge-agent/test/proxies/small-proxy.ts';
import { addressPolicy } from '../../../../test/carpool-factories.ts';
import { greetProxy } from './greet-proxy.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close().catch(() => undefined);
});

async function target(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function greet(options: SmallProxyOptions, more: object = {}, allowed = '127.0.0.0/8') {
  const proxy = await smallProxy(options);
  closers.push(proxy.kill);
  const { username = null, password = null } = options.login ?? {};
  const ask = { type: options.kind ?? 'socks5', host: '127.0.0.1', port: proxy.port, username, password, ...more } as const;
  return { ...(await greetProxy(addressPolicy({}, allowed), ask, await target())), proxy };
}

const login = { username: 'u', password: 'p:w' };

describe.each(['socks5', 'http'] as const)('a proxy of kind %s', (kind) => {
  it('that lets us in is well', async () => {
    expect(await greet({ kind })).toMatchObject({ problem: null, latencyMs: expect.any(Number) });
    expect(await greet({ kind, login })).toMatchObject({ problem: null });
  });

  it('that does not is told so', async () => {
    expect((await greet({ kind, login }, { password: 'wrong' })).problem).toContain('did not accept');
    expect((await greet({ kind, login }, { username: null })).problem).toMatch(/wants|did not accept/);
  });

  it('is never dialled where that is not allowed', async () => {
    const { problem, proxy } = await greet({ kind }, {}, '10.0.0.0/8');
    expect(problem).toContain('not allowed');
    expect(proxy.open.size).toBe(0);
  });
});

it('tells something else, and nobody, from a proxy', async () => {
  expect((await greet({ kind: 'http' }, { type: 'socks5' })).problem).toContain('no SOCKS5');
  expect((await greet({ kind: 'http', refuse: 403 })).problem).toContain('403');
  const { proxy } = await greet({});
  await proxy.kill();
  const ask = { type: 'socks5', host: '127.0.0.1', port: proxy.port, username: null, password: null } as const;
  expect(await greetProxy(addressPolicy({}, '127.0.0.0/8'), ask, 'x:1')).toMatchObject({
    problem: 'the proxy cannot be reached',
  });
});
