import { newService } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import type { Ctx } from '../../kernel/index.ts';
import { createService } from './create-service.ts';
import { removeService } from './remove-service.ts';

let pg: TestPg;
let admin: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  admin = await newPerson(pg, 'admin');
});
afterAll(() => pg.close());

describe('removeService', () => {
  it('removes what nobody uses, and nothing that every installation has', async () => {
    const policy = addressPolicy({ 'api.example.com': ['8.8.8.8'] });
    const input = { service_name: 'short-lived', kind: 'mistral', base_url: 'https://api.example.com' };
    await createService(admin, policy, newService.parse(input));
    expect(await removeService(admin, 'short-lived')).toEqual({ id: 'short-lived', deleted: true });
    await expect(removeService(admin, 'short-lived')).rejects.toMatchObject({ code: 'service_unknown' });
    await expect(removeService(admin, 'claude')).rejects.toMatchObject({ code: 'service_built_in' });
  });
});
