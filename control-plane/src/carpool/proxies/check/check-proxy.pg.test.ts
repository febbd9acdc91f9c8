import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, makeGroup, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { newProxyRow } from '../../../../test/proxy-factory.ts';
import { carpoolProxies } from '../../tables.ts';
import { setDeployment } from '../deployment/set-deployment.ts';
import type { ProxyRow } from '../proxy-view.ts';
import { type CheckPorts, checkProxy } from './check-proxy.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

type Result = ProbeAnswer['result'];
const reached = (more: object = {}): Result => ({
  ...{ ok: true, upstream_id: null, response_time_ms: 28, text: null, model: null, input_tokens: null, output_tokens: null },
  ...{ exit_address: '203.0.114.9', forwarding_headers: [] },
  ...more,
});
const tokyo = { country: 'JP', city: 'Tokyo', latitude: 35.7, longitude: 139.7 };

async function check(result: Result | undefined, proxy: Partial<ProxyRow> = {}, used = true) {
  const admin = await newPerson(pg, 'admin');
  const row = await newProxyRow(pg, proxy);
  const group = await makeGroup(admin);
  if (used) await setDeployment(admin, group.id, { proxy_pool_ids: [row.id] });
  const asked: string[] = [];
  const ports: CheckPorts = {
    policy: addressPolicy({}, '10.0.0.0/8'),
    locate: async (address) => (address === '203.0.114.9' ? tokyo : undefined),
    tryProxy: async (_ctx, groupId) => {
      asked.push(groupId);
      return result;
    },
  };
  const outcome = await checkProxy(admin, ports, row.id);
  const [after] = await pg.db.select().from(carpoolProxies).where(eq(carpoolProxies.id, row.id));
  return { ...outcome, after, asked, group };
}

describe('checkProxy', () => {
  it('asks a node that uses the proxy, and keeps where it comes out', async () => {
    const { check: found, after, asked, group } = await check(reached(), { countryCode: 'JP', type: 'socks5h', status: 'error' });
    expect(asked).toEqual([group.id]);
    expect(found).toMatchObject({
      ...{ checked_by: 'node', connectivity: 'ok', latency_ms: 28, anonymity_level: 'elite', anonymity_test: 'passed' },
      ...{ exit_address: '203.0.114.9', exit_country: 'JP', geolocation_check: 'passed', dns_leak_test: 'passed' },
    });
    expect(after).toMatchObject({ status: 'active', latitude: 35.7, city: 'Tokyo', anonymityLevel: 'elite', healthCheck: found });
  });

  it.each([
    [['via'], 'anonymous', 'passed'],
    [['via', 'x-forwarded-for'], 'transparent', 'failed'],
    [null, null, 'not_tested'],
  ] as const)('judges by the headers %j that a proxy adds: %s', async (headers, level, verdict) => {
    const { check: found } = await check(reached({ forwarding_headers: headers }));
    expect(found).toMatchObject({ anonymity_level: level, anonymity_test: verdict });
  });

  it('tells a proxy that comes out elsewhere, and names that the node looks up itself', async () => {
    const { check: found } = await check(reached(), { country: 'US', type: 'socks5' });
    expect(found).toMatchObject({ geolocation_check: 'failed', dns_leak_test: 'failed' });
    expect((await check(reached({ exit_address: null }))).check).toMatchObject({
      geolocation_check: 'not_tested',
      exit_country: null,
    });
  });

  it('marks a proxy that a node cannot get through, but not one that rests', async () => {
    const failed: Result = {
      ok: false,
      code: 'proxy_unreachable',
      message: 'the proxy cannot be reached',
      http_status: null,
      response_time_ms: 5,
    };
    const broken = await check(failed);
    expect(broken.check).toMatchObject({ connectivity: 'failed', problem: 'the proxy cannot be reached', checked_by: 'node' });
    expect(broken.after?.status).toBe('error');
    expect((await check(failed, { status: 'maintenance' }, false)).after?.status).toBe('maintenance');
  });

  it('knocks from here where no node can be asked, and says that it did', async () => {
    for (const used of [true, false]) {
      const { check: found } = await check(undefined, { host: '127.0.0.1', port: used ? 1 : 2 }, used);
      expect(found).toMatchObject({ checked_by: 'control_plane', connectivity: 'failed', dns_leak_test: 'not_tested' });
    }
  });

  it('is for administrators', async () => {
    const { id } = await newProxyRow(pg);
    const ports = { policy: addressPolicy(), locate: async () => undefined, tryProxy: async () => undefined };
    await expect(checkProxy(await newPerson(pg), ports, id)).rejects.toMatchObject({ status: 403 });
  });
});
