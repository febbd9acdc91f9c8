import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Egress, parseCidr } from '@aicarpool/shared-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProxyEntry } from '../../src/snapshot/snapshot.ts';
import { ask } from '../ask.ts';
import { anthropicAnswer, fakeUpstream, json } from '../fake-upstream/fake-upstream.ts';
import { testSnapshot } from '../snapshot.ts';
import { type NodeInput, startNode, type TestNode } from '../start-node.ts';
import { testCertificate } from './certificate.ts';
import { proxyEntry, type SmallProxy, type SmallProxyOptions, smallProxy } from './small-proxy.ts';

let upstream: Awaited<ReturnType<typeof fakeUpstream>>;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  upstream.seen.length = 0;
});
afterAll(() => upstream.close());

async function proxy(options?: SmallProxyOptions): Promise<SmallProxy> {
  const started = await smallProxy(options);
  closers.push(() => started.kill().catch(() => undefined));
  return started;
}

const pool = (entries: readonly ProxyEntry[], more: Partial<Egress> = {}) => ({
  findProxy: (id: string) => entries.find((entry) => entry.id === id),
  egress: {
    strategy: 'fixed',
    proxies: entries.map(({ id }) => id),
    sticky: false,
    members: {},
    direct_fallback: false,
    ...more,
  } as Egress,
});

async function node(
  entries: readonly ProxyEntry[],
  egress: Partial<Egress> = {},
  input: Partial<NodeInput> = {},
): Promise<TestNode> {
  const started = await startNode({
    baseUrls: [upstream.url],
    group: pool(entries, egress),
    route: { proxyEnabled: true },
    ...input,
  });
  closers.push(() => started.close());
  return started;
}

const errorOf = async (to: TestNode) => {
  const reply = await ask(to);
  return [reply.status, JSON.parse(reply.body.toString()).error.message as string] as const;
};
const host = () => new URL(upstream.url).host;

describe('a request of a group with proxies', () => {
  it.each([
    ['socks5', undefined],
    ['socks5', { username: 'u', password: 'p:w' }],
    ['http', undefined],
    ['http', { username: 'u', password: 'p:w' }],
  ] as const)('leaves through %s with login %j, and keeps its connection', async (kind, login) => {
    const one = await proxy({ kind, ...(login ? { login } : {}) });
    const to = await node([one.entry('prx_1')]);
    expect((await ask(to)).status).toBe(200);
    expect((await ask(to)).status).toBe(200);
    expect(one.asked).toEqual([host()]);
    expect(upstream.seen).toHaveLength(2);
    expect(upstream.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
    const health = to.agent.upstreams.proxies.health()['prx_1'];
    expect(health).toMatchObject({
      requests: 2,
      failures: 0,
      members: 1,
      connections: 1,
      peak_connections: 1,
      status: 'healthy',
    });
    expect(health?.bytes).toBeGreaterThan(1000);
    expect(health?.groups).toEqual({ grp_test: { requests: 2, failures: 0, recent_members: ['usr_test'] } });
  });

  it('leaves directly where the service is not to use them', async () => {
    const one = await proxy();
    const to = await node([one.entry('prx_1')], {}, { route: { proxyEnabled: false } });
    expect((await ask(to)).status).toBe(200);
    expect(one.asked).toEqual([]);
  });

  it('leaves through the proxy of its account before any other', async () => {
    const [ofGroup, ofAccount] = [await proxy(), await proxy()];
    const to = await node(
      [ofGroup.entry('prx_g'), ofAccount.entry('prx_a')],
      { proxies: ['prx_g'] },
      { upstream: { proxyId: 'prx_a' } },
    );
    expect((await ask(to)).status).toBe(200);
    expect([ofGroup.asked.length, ofAccount.asked.length]).toEqual([0, 1]);
  });

  it('of an account whose proxy is gone never leaves directly', async () => {
    const to = await node([], { direct_fallback: true }, { upstream: { proxyId: 'prx_gone' } });
    expect(await errorOf(to)).toEqual([503, expect.stringContaining('proxy')]);
    expect(upstream.seen).toHaveLength(0);
    const [row] = await to.booked(1);
    expect(row).toMatchObject({ status: 'upstream_error', errorType: 'proxy_none' });
  });
});

it('of a member who is bound to a proxy leaves through it, and like the others where it is not well', async () => {
  const [ofMember, ofGroup] = [await proxy(), await proxy()];
  const entries = [ofGroup.entry('prx_g'), ofMember.entry('prx_m')];
  const to = await node(entries, { proxies: ['prx_g'], members: { usr_test: 'prx_m', usr_other: 'prx_g' } });
  expect((await ask(to)).status).toBe(200);
  expect([ofMember.asked.length, ofGroup.asked.length]).toEqual([1, 0]);
  await ofMember.kill();
  expect((await ask(to)).status).toBe(200);
  expect(ofGroup.asked).toHaveLength(1);
});

describe('a proxy that fails', () => {
  const failures: [string, () => Promise<SmallProxy>, Partial<ProxyEntry>][] = [
    [
      'is not there',
      async () => {
        const gone = await proxy();
        await gone.kill();
        return gone;
      },
      {},
    ],
    ['does not accept the password', () => proxy({ login: { username: 'u', password: 'right' } }), { password: () => 'wrong' }],
    ['wants a password', () => proxy({ login: { username: 'u', password: 'right' } }), { username: null, password: () => null }],
    [
      'wants a password over HTTP',
      () => proxy({ kind: 'http', login: { username: 'u', password: 'right' } }),
      { password: () => 'no' },
    ],
    ['speaks something else', async () => proxy({ kind: 'http' }), { type: 'socks5' }],
    ['says nothing', () => proxy({ silent: true }), {}],
    ['says nothing over HTTP', () => proxy({ kind: 'http', silent: true }), {}],
  ];
  it.each(failures)('because it %s hands the request to the next one, in one attempt', async (_name, first, more) => {
    const [bad, good] = [await first(), await proxy()];
    const to = await node([bad.entry('prx_bad', more), good.entry('prx_good')], {}, { upstreams: { connectTimeoutMs: 300 } });
    expect((await ask(to)).status).toBe(200);
    expect(upstream.seen).toHaveLength(1);
    expect(await to.booked(1)).toHaveLength(1);
    const health = to.agent.upstreams.proxies.health();
    expect(health['prx_bad']).toMatchObject({ requests: 1, failures: 1 });
    expect(health['prx_good']).toMatchObject({ requests: 1, failures: 0, status: 'healthy' });
  });

  it('twice is put out, told of, and comes back by a check alone', async () => {
    let nowMs = 1_000_000;
    const bad = await proxy();
    await bad.kill();
    const good = await proxy();
    const to = await node([bad.entry('prx_bad'), good.entry('prx_good')], {}, { upstreams: { nowMs: () => nowMs } });
    for (let at = 0; at < 4; at += 1) expect((await ask(to)).status).toBe(200);
    const { proxies } = to.agent.upstreams;
    expect(proxies.health()['prx_bad']).toMatchObject({ requests: 2, failures: 2, status: 'unhealthy' });
    expect(proxies.drainNews()).toEqual([
      {
        kind: 'proxy_down',
        reason: 'proxy_unreachable',
        untilMs: 1_005_000,
        groupId: 'grp_test',
        proxyId: 'prx_bad',
        atMs: 1_000_000,
      },
    ]);
    await proxy({ port: bad.port });
    proxies.tick();
    await settled();
    expect(proxies.health()['prx_bad']?.status).toBe('unhealthy');
    nowMs += 5_000;
    proxies.tick();
    await until(() => proxies.health()['prx_bad']?.status === 'healthy');
    expect(proxies.drainNews()).toMatchObject([{ kind: 'proxy_back', proxyId: 'prx_bad' }]);
    expect(upstream.seen).toHaveLength(4);
  });

  it('is put out at once when it does not let the node in', async () => {
    const shut = await proxy({ login: { username: 'u', password: 'right' } });
    const to = await node([shut.entry('prx_1', { password: () => 'wrong' })]);
    expect((await errorOf(to))[0]).toBe(503);
    expect(to.agent.upstreams.proxies.drainNews()).toMatchObject([{ kind: 'proxy_down', reason: 'proxy_auth_failed' }]);
  });

  it('leaves nobody with a direct way that the group does not allow', async () => {
    const gone = await proxy();
    await gone.kill();
    const to = await node([gone.entry('prx_1')]);
    expect(await errorOf(to)).toEqual([503, expect.stringContaining('proxy')]);
    expect(upstream.seen).toHaveLength(0);
    const open = await node([gone.entry('prx_1')], { direct_fallback: true });
    expect((await ask(open)).status).toBe(200);
  });

  it('in the middle of a run breaks no request that was not yet sent', async () => {
    const [first, second] = [await proxy(), await proxy()];
    const to = await node([first.entry('prx_1'), second.entry('prx_2')]);
    expect((await ask(to)).status).toBe(200);
    await first.kill();
    for (let at = 0; at < 5; at += 1) expect((await ask(to)).status).toBe(200);
    expect(first.asked).toHaveLength(1);
    expect(second.asked.length).toBeGreaterThan(0);
    expect(upstream.seen).toHaveLength(6);
  });
});

describe('a far end that does not answer', () => {
  it.each([
    ['socks5', 5, 502],
    ['http', 502, 502],
  ] as const)('through %s is no fault of the proxy', async (kind, refuse, status) => {
    const one = await proxy({ kind, refuse });
    const to = await node([one.entry('prx_1')]);
    for (let at = 0; at < 3; at += 1) expect((await errorOf(to))[0]).toBe(status);
    expect(to.agent.upstreams.proxies.health()['prx_1']).toMatchObject({ status: 'healthy' });
  });

  it('is the fault of the proxy when another one gets there', async () => {
    const [cut, good] = [await proxy({ refuse: 1 }), await proxy()];
    const to = await node([cut.entry('prx_1'), good.entry('prx_2')]);
    for (let at = 0; at < 3; at += 1) expect((await ask(to)).status).toBe(200);
    expect(to.agent.upstreams.proxies.health()['prx_1']).toMatchObject({ status: 'unhealthy', failures: 2 });
  });
});

describe('the choice', () => {
  it('turns round robin, and stays with one proxy for a sticky member', async () => {
    const all = [await proxy(), await proxy(), await proxy()];
    const entries = all.map((one, at) => one.entry(`prx_${at}`));
    const turning = await node(entries, { strategy: 'round_robin' });
    for (let at = 0; at < 6; at += 1) await ask(turning);
    const requests = (to: TestNode) => Object.values(to.agent.upstreams.proxies.health()).map((health) => health.requests);
    expect(requests(turning)).toEqual([2, 2, 2]);
    const sticky = await node(entries, { strategy: 'round_robin', sticky: true });
    for (let at = 0; at < 6; at += 1) await ask(sticky);
    expect(requests(sticky).sort()).toEqual([0, 0, 6]);
  });

  it('honours how much a proxy may carry, also with idle connections to elsewhere', async () => {
    const waiting: (() => void)[] = [];
    const slow = await fakeUpstream(async (_seen, response) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      json(response, 200, anthropicAnswer);
    });
    closers.push(() => slow.close());
    const [small, next] = [await proxy(), await proxy()];
    const to = await node([small.entry('prx_1', { maxConcurrent: 1 }), next.entry('prx_2')]);
    expect((await ask(to)).status).toBe(200);
    to.snapshots.swap(
      testSnapshot({
        baseUrls: [slow.url],
        group: pool([small.entry('prx_1', { maxConcurrent: 1 }), next.entry('prx_2')]),
        route: { proxyEnabled: true },
      }),
    );
    const both = [ask(to), ask(to)];
    await until(() => waiting.length === 2);
    for (const go of waiting) go();
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    expect([small.asked.length, next.asked.length]).toEqual([2, 1]);
    expect(to.agent.upstreams.proxies.health()['prx_1']).toMatchObject({ peak_connections: 1 });
  });
});

describe('a proxy that leaves the config', () => {
  it('loses its connections; one that changes gets new ones', async () => {
    const one = await proxy();
    const to = await node([one.entry('prx_1')]);
    await ask(to);
    expect(one.open.size).toBe(1);
    to.snapshots.swap(
      testSnapshot({
        baseUrls: [upstream.url],
        group: pool([one.entry('prx_1', { maxConcurrent: 7 })]),
        route: { proxyEnabled: true },
      }),
    );
    await ask(to);
    expect(one.open.size).toBe(2);
    to.agent.upstreams.proxies.tick();
    const carried = to.agent.upstreams.proxies.health()['prx_1']?.bytes ?? 0;
    await until(() => one.open.size === 1);
    expect(to.agent.upstreams.proxies.health()['prx_1']?.bytes).toBeGreaterThanOrEqual(carried);
    expect(to.agent.upstreams.proxies.health()['prx_1']?.requests).toBe(2);
    to.snapshots.swap(testSnapshot({ baseUrls: [upstream.url] }));
    to.agent.upstreams.proxies.tick();
    await until(() => one.open.size === 0);
    expect(to.agent.upstreams.proxies.health()).toEqual({});
  });
});

describe('addresses', () => {
  const strict = { allowed: [] };
  it.each(['127.0.0.1', 'localhost', '169.254.169.254', '10.0.0.1', '::ffff:7f00:1'])(
    'a proxy at %s is never dialled',
    async (address) => {
      const one = await proxy();
      const to = await node([one.entry('prx_1', { host: address })], {}, { upstreams: strict, baseUrls: ['https://1.1.1.1'] });
      expect((await errorOf(to))[0]).toBe(503);
      expect(one.open.size).toBe(0);
      expect(to.agent.upstreams.proxies.drainNews()).toMatchObject([{ reason: 'address_refused' }]);
    },
  );

  it.each([
    ['socks5h', 'https://169.254.169.254'],
    ['socks5h', 'https://10.0.0.1'],
    ['socks5h', 'https://[::1]'],
    ['socks5h', 'https://localhost'],
    ['socks5h', 'https://metadata.google.internal'],
    ['socks5h', 'http://provider.example'],
    ['http', 'https://169.254.169.254'],
    ['http', 'https://router'],
    ['socks5', 'https://localhost'],
    ['socks5', 'https://169.254.169.254'],
  ] as const)('%s is never asked for %s', async (type, baseUrl) => {
    const one = await proxy(type === 'http' ? { kind: 'http' } : {});
    // The proxy itself may be dialled; what lies behind it may not.
    const allowed = [parseCidr('127.0.0.1/32')].flatMap((block) => block ?? []);
    const noLoopback = type === 'socks5' && baseUrl.includes('localhost');
    const to = await node(
      [one.entry('prx_1', { type })],
      {},
      { upstreams: { allowed: noLoopback ? [] : allowed }, baseUrls: [baseUrl] },
    );
    expect((await errorOf(to))[0]).toBe(502);
    expect(one.asked).toEqual([]);
    expect(to.agent.upstreams.proxies.health()['prx_1']?.status).toBe('healthy');
  });
});

describe('TLS inside the tunnel', () => {
  const before = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...before, testCertificate.cert]));
  afterAll(() => setDefaultCACertificates(before));

  async function provider(): Promise<number> {
    const server = createHttpsServer(testCertificate, (_request, response) => json(response, 200, anthropicAnswer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    return (server.address() as AddressInfo).port;
  }

  it.each(['socks5h', 'http'] as const)('through %s is with the provider, by its own name', async (type) => {
    const port = await provider();
    const names = { 'provider.example': '127.0.0.1', 'other.example': '127.0.0.1' };
    const one = await proxy({ kind: type === 'http' ? 'http' : 'socks5', names });
    const entry = one.entry('prx_1', { type });
    const good = await node([entry], {}, { baseUrls: [`https://provider.example:${port}`] });
    expect((await ask(good)).status).toBe(200);
    expect(one.asked).toEqual([`provider.example:${port}`]);
    expect(good.agent.upstreams.proxies.health()['prx_1']?.bytes).toBeGreaterThan(2000);
    const wrong = await node([entry], {}, { baseUrls: [`https://other.example:${port}`] });
    expect(await errorOf(wrong)).toEqual([502, expect.stringContaining('secure connection')]);
    const [row] = await wrong.booked(1);
    expect(row).toMatchObject({ errorType: 'tls' });
  });

  it('goes through TLS to the proxy itself, which must be who it says', async () => {
    const port = await provider();
    const inner = await proxy({ kind: 'http', names: { 'provider.example': '127.0.0.1' } });
    const outer = createTlsServer(testCertificate, (socket) => {
      const to = connect(inner.port, '127.0.0.1');
      socket.on('error', () => to.destroy());
      to.on('error', () => socket.destroy());
      socket.pipe(to).pipe(socket);
    });
    await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => outer.close(resolve)));
    const entry = proxyEntry('prx_1', { type: 'https', host: '127.0.0.1', port: (outer.address() as AddressInfo).port });
    const to = await node([entry], {}, { baseUrls: [`https://provider.example:${port}`] });
    expect((await errorOf(to))[0]).toBe(503);
    expect(inner.asked).toEqual([]);
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition() && waitedMs < 5_000; waitedMs += 10)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
