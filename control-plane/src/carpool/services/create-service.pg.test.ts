import { serviceResource } from '@aicarpool/shared-protocol';
import { newService, serviceKind } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import type { Ctx } from '../../kernel/index.ts';
import { readScope } from '../facts.ts';
import { createService } from './create-service.ts';

let pg: TestPg;
let admin: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  admin = await newPerson(pg, 'admin');
});
afterAll(() => pg.close());

const policy = addressPolicy({ 'api.example.com': ['8.8.8.8'], 'inside.example.com': ['10.0.0.5'] });
const create = (input: object, ctx = admin) =>
  createService(
    ctx,
    policy,
    newService.parse({ service_name: 'house', kind: 'mistral', base_url: 'https://api.example.com', ...input }),
  );

describe('createService', () => {
  it('tells nodes of a service of every kind, in their shape, with the vendor that the kind needs', async () => {
    for (const kind of serviceKind.options) await create({ service_name: `my-${kind}`, kind });
    const facts = (await readScope(pg.db, 'global')).filter(({ id }) => id.startsWith('my-'));
    const vendors = facts.map(({ body }) => serviceResource.parse(body)).map(({ id, vendor }) => [id, vendor]);
    expect(Object.fromEntries(vendors)).toMatchObject({
      'my-bedrock': 'bedrock',
      'my-vertex': 'vertex',
      'my-anthropic-compatible': '',
    });
    expect(vendors).toHaveLength(serviceKind.options.length);
  });

  it('refuses a name that is taken, an address that may not be dialled, and whoever is no administrator', async () => {
    await create({});
    await expect(create({})).rejects.toMatchObject({ code: 'service_exists' });
    await expect(create({ service_name: 'inner', base_url: 'https://inside.example.com' })).rejects.toMatchObject({
      code: 'base_url_not_allowed',
    });
    await expect(create({ service_name: 'mine' }, await newPerson(pg, 'group_manager'))).rejects.toMatchObject({ status: 403 });
  });
});
