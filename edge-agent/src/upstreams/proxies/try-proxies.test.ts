import type { Egress } from '@aicarpool/shared-protocol';
import { parseCidr } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { fakeUpstream } from '../../../test/fake-upstream/fake-upstream.ts';
import { smallProxy } from '../../../test/proxies/small-proxy.ts';
import { testSnapshot } from '../../../test/snapshot.ts';
import { Upstreams } from '../upstreams.ts';

it('passes over a proxy that others filled after it was chosen', async () => {
  const waiting: (() => void)[] = [];
  const upstream = await fakeUpstream(async (_seen, response) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    response.end('ok');
  });
  const [small, next] = [await smallProxy(), await smallProxy()];
  const entries = [small.entry('prx_1', { maxConcurrent: 1 }), next.entry('prx_2')];
  const egress: Egress = { strategy: 'fixed', proxies: ['prx_1', 'prx_2'], sticky: false, members: {}, direct_fallback: false };
  const findProxy = (id: string) => entries.find((entry) => entry.id === id);
  const group = testSnapshot({ baseUrls: [upstream.url], group: { egress, findProxy }, route: { proxyEnabled: true } }).findGroup(
    'grp_test',
  );
  const [route] = group?.services ?? [];
  const [account] = route?.upstreams ?? [];
  if (!group || !route || !account) throw new Error('no account');
  const upstreams = new Upstreams({ allowed: [parseCidr('127.0.0.0/8')].flatMap((block) => block ?? []) });
  const departure = { upstream: account, route, group, userId: 'usr_1' };
  const roads = [await upstreams.findRoad(departure), await upstreams.findRoad(departure)];
  const answers = roads.map((road) => road?.dispatcher.request({ origin: road.origin, path: '/', method: 'GET' }));
  await expect.poll(() => waiting.length).toBe(2);
  for (const go of waiting) go();
  for (const answer of answers) expect(await (await answer)?.body.text()).toBe('ok');
  expect([small.asked.length, next.asked.length]).toEqual([1, 1]);
  await upstreams.close();
  await Promise.all([small.kill(), next.kill(), upstream.close()]);
});
