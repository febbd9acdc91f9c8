import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { newProxyRow } from '../../../test/proxy-factory.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { setDeployment } from './deployment/set-deployment.ts';
import { removeProxy } from './remove-proxy.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

it('removes a proxy that nobody uses, once, and leaves a row in the audit', async () => {
  const admin = await newPerson(pg, 'admin');
  const { id } = await newProxyRow(pg);
  await removeProxy(admin, id);
  await expect(removeProxy(admin, id)).rejects.toMatchObject({ status: 404, code: 'proxy_unknown' });
  const [row] = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, id));
  expect(row).toMatchObject({ action: 'carpool.proxy.remove', targetId: id });
});

it('names the groups that still use it, and is for administrators', async () => {
  const admin = await newPerson(pg, 'admin');
  const group = await makeGroup(admin);
  const { id } = await newProxyRow(pg);
  await setDeployment(admin, group.id, { proxy_pool_ids: [id] });
  await expect(removeProxy(admin, id)).rejects.toMatchObject({ code: 'proxy_in_use', details: { group_ids: [group.id] } });
  await expect(removeProxy(await newPerson(pg), id)).rejects.toMatchObject({ status: 403 });
});
