import { type ServiceChange, serviceChange } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { getService, listServices } from './read-services.ts';
import { updateService } from './update-service.ts';

let pg: TestPg;
let admin: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  admin = await newPerson(pg, 'admin');
});
afterAll(() => pg.close());

const policy = addressPolicy({ 'api.example.com': ['8.8.8.8'], 'inside.example.com': ['10.0.0.5'] }, '127.0.0.0/8');
const update = (change: unknown, ctx = admin, id = 'claude') =>
  updateService(ctx, policy, id, serviceChange.parse(change) satisfies ServiceChange);

describe('updateService', () => {
  it('changes what is named and nothing else', async () => {
    const before = await getService(admin, 'claude');
    const after = await update({ base_url: 'https://api.example.com/base/', status: 'maintenance' });
    expect(after).toEqual({ ...before, base_url: 'https://api.example.com/base', status: 'maintenance' });
    expect(await update({ base_url: 'http://127.0.0.1:9999' })).toMatchObject({ base_url: 'http://127.0.0.1:9999' });
  });

  it('tells nodes of a change, and of nothing when nothing that they see changed', async () => {
    const before = await currentHead(pg.db);
    await update({ description: 'words for people' });
    expect((await currentHead(pg.db)).head).toBe(before.head);
    await update({ status: 'active' });
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, ['global'], before.head, head)).toMatchObject([{ kind: 'service', id: 'claude', op: 'u' }]);
  });

  it('adds, prices, changes and removes models; a hand-set price says so', async () => {
    const entry = { model_name: 'claude-house', context_length: 1000, input_price_per_1k: 0.003, output_price_per_1k: 0.015 };
    const find = (service: Awaited<ReturnType<typeof update>>) =>
      service.available_models.find((model) => model.model_name === 'claude-house');
    expect(find(await update({ available_models: [entry] }))).toMatchObject({
      display_name: 'Claude House',
      input_price_per_1k: 0.003,
      price: { input: 3_000_000, output: 15_000_000 },
      price_origin: 'admin',
      price_version: expect.stringMatching(/^set by hand \d{4}-\d\d-\d\d$/),
    });
    const renamed = find(await update({ available_models: [{ model_name: 'claude-house', display_name: 'House' }] }));
    expect(renamed).toMatchObject({ display_name: 'House', context_length: 1000, price: { input: 3_000_000 } });
    expect(find(await update({ available_models: [{ model_name: 'claude-house', price: null }] }))).toMatchObject({
      price: null,
    });
    expect(find(await update({ remove_models: ['claude-house'] }))).toBeUndefined();
  });

  it.each([
    [{ base_url: 'http://api.example.com' }, 'base_url_not_allowed'],
    [{ base_url: 'https://inside.example.com' }, 'base_url_not_allowed'],
    [{ base_url: 'simulator://local' }, 'base_url_not_allowed'],
    [{ base_url: 'https://user:pass@api.example.com' }, 'base_url_malformed'],
    [{ default_headers: { authorization: 'Bearer x' } }, 'header_not_allowed'],
  ])('refuses %j', async (change, code) => {
    await expect(update(change)).rejects.toMatchObject({ status: 400, code });
  });

  it('writes an audit row that names only the models of the change', async () => {
    await update({ available_models: [{ model_name: 'claude-opus-5', max_output_tokens: 77 }] });
    const rows = await pg.db.select().from(kernelAudit);
    const last = rows
      .filter((row) => row.action === 'carpool.service.update')
      .sort((a, b) => a.at.getTime() - b.at.getTime())
      .at(-1);
    expect(last).toMatchObject({
      before: { available_models: [{ model_name: 'claude-opus-5' }] },
      after: { available_models: [{ max_output_tokens: 77 }] },
    });
  });

  it('is for administrators, who alone see addresses', async () => {
    const member = await newPerson(pg, 'group_member');
    await expect(update({ status: 'active' }, member)).rejects.toMatchObject({ status: 403 });
    const [service] = await listServices(member);
    expect(service).not.toHaveProperty('base_url');
    expect(service).not.toHaveProperty('default_headers');
    await expect(update({ status: 'active' }, admin, 'nothing')).rejects.toMatchObject({ status: 404, code: 'service_unknown' });
  });
});
