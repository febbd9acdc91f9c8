import { newProxy } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, newPerson } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { carpoolProxies } from '../tables.ts';
import { addProxy } from './add-proxy.ts';
import type { CheckPorts } from './check/check-proxy.ts';
import { getProxy, listProxies } from './read-proxies.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

const policy = addressPolicy(
  { 'proxy.example': ['198.51.99.1'], 'inner.example': ['10.0.0.1'], 'mixed.example': ['198.51.99.1', '169.254.169.254'] },
  '127.0.0.0/8',
);
const ports: CheckPorts = { policy, locate: async () => undefined, tryProxy: async () => undefined };
const wish = (more: object) => newProxy.parse({ name: 'A proxy', host: '127.0.0.1', port: 9, ...more });

describe('addProxy', () => {
  it('seals the password, tells it to nobody, and says that the check failed', async () => {
    const admin = await newPerson(pg, 'admin');
    const secret = 'canary-proxy-password';
    const { proxy, check } = await addProxy(
      admin,
      policy,
      ports,
      wish({ username: 'u1', password: secret, cost_per_month: 49.99 }),
    );
    expect(check).toMatchObject({ connectivity: 'failed', checked_by: 'control_plane', anonymity_test: 'not_tested' });
    const view = await getProxy(admin, proxy.id);
    expect(view).toMatchObject({
      status: 'error',
      has_password: true,
      cost_per_month: 49.99,
      usage_stats: { current_connections: 0 },
    });
    const [row] = await pg.db.select().from(carpoolProxies).where(eq(carpoolProxies.id, proxy.id));
    const audits = await pg.db.select().from(kernelAudit);
    expect(row?.password).toMatch(/^v1\./);
    for (const text of [row, view, audits]) expect(JSON.stringify(text)).not.toContain(secret);
    expect(audits.map(({ action }) => action)).toEqual(['carpool.proxy.add', 'carpool.proxy.check']);
  });

  it.each([
    ['10.0.0.1', 'proxy_host_not_allowed'],
    ['169.254.169.254', 'proxy_host_not_allowed'],
    ['[::1]', 'proxy_host_not_allowed'],
    ['::ffff:10.0.0.1', 'proxy_host_not_allowed'],
    ['inner.example', 'proxy_host_not_allowed'],
    ['mixed.example', 'proxy_host_not_allowed'],
    ['localhost', 'proxy_host_not_allowed'],
    ['2130706433', 'proxy_host_malformed'],
    ['0x7f000001', 'proxy_host_malformed'],
    ['http://proxy.example', 'proxy_host_malformed'],
    ['proxy.example/x', 'proxy_host_malformed'],
    ['u@proxy.example', 'proxy_host_malformed'],
  ])('refuses %s', async (host, code) => {
    const admin = await newPerson(pg, 'admin');
    await expect(addProxy(admin, policy, ports, wish({ host }))).rejects.toMatchObject({ status: 400, code });
  });

  it('takes one place with one user name once', async () => {
    const admin = await newPerson(pg, 'admin');
    await addProxy(admin, policy, ports, wish({ port: 10, username: 'a' }));
    await addProxy(admin, policy, ports, wish({ port: 10, username: 'b' }));
    await expect(addProxy(admin, policy, ports, wish({ port: 10, username: 'a' }))).rejects.toMatchObject({
      code: 'proxy_taken',
    });
  });

  it('is for administrators, and so is the list, which can be narrowed and turned over', async () => {
    const admin = await newPerson(pg, 'admin');
    for (const [at, country] of ['JP', 'JP', 'US'].entries()) {
      await addProxy(admin, policy, ports, wish({ name: `P${at}`, port: 20 + at, country_code: country, provider: 'Vendor' }));
    }
    const page = { page: 1, limit: 2, provider: 'Vendor' };
    expect(await listProxies(admin, page)).toMatchObject({ total: 3, proxies: [{ name: 'P0' }, { name: 'P1' }] });
    expect(await listProxies(admin, { ...page, page: 2 })).toMatchObject({ proxies: [{ name: 'P2' }] });
    expect(await listProxies(admin, { ...page, country: 'us' })).toMatchObject({ total: 1 });
    expect(await listProxies(admin, { ...page, status: 'active' })).toMatchObject({ total: 0 });
    const manager = await newPerson(pg, 'group_manager');
    await expect(listProxies(manager, page)).rejects.toMatchObject({ status: 403 });
    await expect(addProxy(manager, policy, ports, wish({ port: 30 }))).rejects.toMatchObject({ status: 403 });
  });
});
