import { parseCidr } from '@aicarpool/shared-protocol';
import { afterEach, expect, it } from 'vitest';
import { fakeUpstream, json } from '../../../test/fake-upstream/fake-upstream.ts';
import { smallProxy } from '../../../test/proxies/small-proxy.ts';
import { testSnapshot } from '../../../test/snapshot.ts';
import { Upstreams } from '../upstreams.ts';
import { probeProxy } from './probe-proxy.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof smallProxy>[0] = {}) {
  const echo = await fakeUpstream(({ headers }, response) =>
    json(
      response,
      200,
      JSON.stringify({ success: true, data: { address: '203.0.113.9', headers: { ...headers, via: '1.1 x' } } }),
    ),
  );
  const proxy = await smallProxy(options);
  const upstreams = new Upstreams({ allowed: [parseCidr('127.0.0.0/8')].flatMap((block) => block ?? []), connectTimeoutMs: 500 });
  closers.push(echo.close, proxy.kill, () => upstreams.close());
  const entry = proxy.entry('prx_1');
  const snapshot = testSnapshot({ baseUrls: [echo.url], group: { findProxy: (id) => (id === 'prx_1' ? entry : undefined) } });
  const group = snapshot.findGroup('grp_test');
  if (!group) throw new Error('no group');
  const probe = (more: object = {}) =>
    probeProxy(upstreams, group, {
      ...{
        kind: 'proxy',
        probe_id: 'p',
        group_id: 'grp_test',
        proxy_id: 'prx_1',
        echo_url: `${echo.url}/echo`,
        deadline_ms: 2_000,
      },
      ...more,
    });
  return { probe, proxy, echo };
}

it('tells where a proxy comes out, how long it takes, and which headers it adds', async () => {
  const { probe, echo } = await start();
  expect(await probe()).toMatchObject({ ok: true, exit_address: '203.0.113.9', forwarding_headers: ['via'] });
  expect(echo.seen[0]).toMatchObject({ method: 'GET', url: '/echo' });
});

it('says only that it works where the echo cannot be reached but a provider can', async () => {
  const { probe } = await start();
  expect(await probe({ echo_url: 'http://10.0.0.1/echo' })).toMatchObject({
    ok: true,
    exit_address: null,
    forwarding_headers: null,
  });
});

it('says why it does not work', async () => {
  const { probe, proxy } = await start();
  expect(await probe({ proxy_id: 'prx_2' })).toMatchObject({ ok: false, code: 'proxy_none' });
  await proxy.kill();
  closers.splice(1, 1);
  expect(await probe()).toMatchObject({ ok: false, code: 'proxy_unreachable' });
});

it('keeps to its deadline', async () => {
  const { probe } = await start({ silent: true });
  const startedAtMs = performance.now();
  expect(await probe({ deadline_ms: 200 })).toMatchObject({ ok: false, code: 'proxy_timeout' });
  expect(performance.now() - startedAtMs).toBeLessThan(450);
});
