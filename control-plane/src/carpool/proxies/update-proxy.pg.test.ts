import { newId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressPolicy, newPerson } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { newProxyRow } from '../../../test/proxy-factory.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { getProxy } from './read-proxies.ts';
import { updateProxy } from './update-proxy.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

it('changes what is named, says what that was, and keeps the rest', async () => {
  const admin = await newPerson(pg, 'admin');
  const proxy = await newProxyRow(pg, { password: 'canary-old' });
  const change = { name: 'New', status: 'maintenance', cost_per_month: 39.99, password: 'canary-new' } as const;
  expect(await updateProxy(admin, addressPolicy(), proxy.id, change)).toEqual(['name', 'status', 'cost_per_month', 'password']);
  expect(await getProxy(admin, proxy.id)).toMatchObject({
    ...{ name: 'New', status: 'maintenance', cost_per_month: 39.99, host: proxy.host, port: proxy.port, has_password: true },
  });
  await updateProxy(admin, addressPolicy(), proxy.id, { password: null, provider: null });
  expect(await getProxy(admin, proxy.id)).toMatchObject({ has_password: false, provider: null });
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'carpool.proxy.update'));
  expect(audits).toHaveLength(2);
  expect(JSON.stringify(audits)).not.toContain('canary');
});

it('refuses a place that is taken or may not be dialled, and people who are no administrators', async () => {
  const admin = await newPerson(pg, 'admin');
  const [one, two] = [await newProxyRow(pg), await newProxyRow(pg)];
  const policy = addressPolicy();
  await expect(updateProxy(admin, policy, one.id, { port: two.port })).rejects.toMatchObject({ code: 'proxy_taken' });
  await expect(updateProxy(admin, policy, one.id, { host: '10.0.0.1' })).rejects.toMatchObject({
    code: 'proxy_host_not_allowed',
  });
  await expect(updateProxy(admin, policy, newId('proxy'), { name: 'x' })).rejects.toMatchObject({ code: 'proxy_unknown' });
  await expect(updateProxy(await newPerson(pg), policy, one.id, { name: 'x' })).rejects.toMatchObject({ status: 403 });
});
