import assert from 'node:assert/strict';
import type { ProxyEntry } from '../../src/snapshot/snapshot.ts';
import { ask } from '../ask.ts';
import { anthropicAnswer, fakeUpstream, json } from '../fake-upstream/fake-upstream.ts';
import { startNode, type TestNode } from '../start-node.ts';
import { installPackage } from './install-package.ts';
import { type Login, type RealProxy, startMicrosocks, startTinyproxy } from './real-proxy.ts';

/**
 * `npm run test:proxies`: a whole node through Debian's microsocks and tinyproxy, with and without a login, and one
 * killed in the middle of a run. Installs them with apt-get where they are missing and that can be done.
 */
const login: Login = { username: 'member', password: 'open-sesame' };
const outcomes = { passed: 0, failed: 0, skipped: 0 };
const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));

type Start = (login?: Login) => Promise<RealProxy>;

async function check(what: string, body: () => Promise<string>): Promise<void> {
  const startedAtMs = performance.now();
  const say = (mark: string, note: string) =>
    console.log(`${mark}  ${what.padEnd(72)} ${Math.round(performance.now() - startedAtMs)} ms  ${note}`);
  try {
    say('ok  ', await body());
    outcomes.passed += 1;
  } catch (error) {
    say('FAIL', error instanceof Error ? error.message : String(error));
    outcomes.failed += 1;
  }
}

async function withNode<T>(entries: readonly ProxyEntry[], use: (node: TestNode) => Promise<T>): Promise<T> {
  const egress = {
    strategy: 'fixed',
    proxies: entries.map(({ id }) => id),
    sticky: true,
    members: {},
    direct_fallback: false,
  } as const;
  const node = await startNode({
    baseUrls: [upstream.url],
    group: { egress: { ...egress, proxies: [...egress.proxies] }, findProxy: (id) => entries.find((entry) => entry.id === id) },
    route: { proxyEnabled: true },
  });
  try {
    return await use(node);
  } finally {
    await node.close();
  }
}

async function answersThrough(proxy: RealProxy, more: Partial<ProxyEntry> = {}): Promise<string> {
  return await withNode([proxy.entry('prx_1', more)], async (node) => {
    for (let at = 0; at < 20; at += 1) assert.equal((await ask(node)).status, 200);
    const health = node.agent.upstreams.proxies.health()['prx_1'];
    assert.equal(health?.requests, 20);
    assert.equal(health.peak_connections, 1, 'the connection was not kept');
    return `20 requests over 1 connection, ${health.latency_ms} ms to connect, ${health.bytes} bytes`;
  });
}

async function refusedBy(proxy: RealProxy, more: Partial<ProxyEntry>): Promise<string> {
  const before = upstream.seen.length;
  return await withNode([proxy.entry('prx_1', more)], async (node) => {
    const reply = await ask(node);
    assert.equal(reply.status, 503);
    assert.equal(upstream.seen.length, before);
    const [news] = node.agent.upstreams.proxies.drainNews();
    assert.equal(news?.reason, 'proxy_auth_failed');
    return `503, ${news.reason}`;
  });
}

/** Many at once while the first proxy dies: whoever had not been sent goes through the second, in the same attempt. */
async function movesOn(start: Start): Promise<string> {
  const [first, second] = [await start(), await start(login)];
  try {
    return await withNode([first.entry('prx_1'), second.entry('prx_2')], async (node) => {
      let broken = 0;
      for (let round = 0; round < 30; round += 1) {
        if (round === 10) await first.kill();
        const replies = await Promise.all(Array.from({ length: 4 }, () => ask(node)));
        broken += replies.filter(({ status }) => status !== 200).length;
      }
      assert.equal(broken, 0, `${broken} of 120 requests failed`);
      const rows = await node.booked(120);
      assert.equal(rows.filter(({ attempt }) => attempt > 1).length, 0, 'a request took more than one attempt');
      const health = node.agent.upstreams.proxies.health();
      assert.equal(health['prx_1']?.status, 'unhealthy');
      assert.ok((health['prx_2']?.requests ?? 0) >= 80);
      return `120 of 120 answered, ${health['prx_1'].failures} moved within their request`;
    });
  } finally {
    await Promise.all([first.kill(), second.kill()]);
  }
}

async function family(name: string, start: Start, noLogin: Partial<ProxyEntry>): Promise<void> {
  const [open, shut] = [await start(), await start(login)];
  await check(`${name} without a login`, () => answersThrough(open));
  await check(`${name} with a login`, () => answersThrough(shut));
  await check(`${name} with a wrong password`, () => refusedBy(shut, { password: () => 'wrong' }));
  await check(`${name} that wants a login and gets none`, () => refusedBy(shut, noLogin));
  if (name === 'microsocks') await check('microsocks as SOCKS5h', () => answersThrough(open, { type: 'socks5h' }));
  await Promise.all([open.kill(), shut.kill()]);
  await check(`${name} killed in the middle of a run`, () => movesOn(start));
}

const families = {
  microsocks: (program: string, with_?: Login) => startMicrosocks(program, with_),
  tinyproxy: (program: string, with_?: Login) => startTinyproxy(program, with_),
};
for (const [name, start] of Object.entries(families)) {
  const installed = await installPackage(name);
  if (installed.ok) await family(name, (use) => start(installed.program, use), { username: null, password: () => null });
  else {
    outcomes.skipped += 1;
    console.log(`skip  ${name}: ${installed.why}`);
  }
}
await upstream.close();
console.log(`\n${outcomes.passed} passed, ${outcomes.failed} failed, ${outcomes.skipped} skipped`);
process.exitCode = outcomes.failed > 0 ? 1 : 0;
