import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { fleetHourlyTotals } from '../../tables.ts';
import { readUnpriced } from './read-unpriced.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

it('names the models that a group used without a price since an instant, the most used first', async () => {
  const since = new Date('2026-11-21T00:00:00Z');
  const row = (model: string, unpriced: number, over: object = {}) => ({
    ...{ hourAt: since, groupId: 'grp_a', userId: 'usr_a', keyId: 'key_a', service: 'claude', upstreamId: 'ups_a' },
    ...{ priceVersion: '', durations: {} as never, model, unpriced },
    ...over,
  });
  await pg.db
    .insert(fleetHourlyTotals)
    .values([
      row('a', 2),
      row('a', 1, { userId: 'usr_b' }),
      row('b', 7),
      row('priced', 0),
      row('before', 9, { hourAt: new Date('2026-11-20T23:00:00Z') }),
      row('elsewhere', 9, { groupId: 'grp_b' }),
    ]);
  expect(await readUnpriced(pg.db, 'grp_a', since)).toEqual([
    { service: 'claude', model: 'b', requests: 7 },
    { service: 'claude', model: 'a', requests: 3 },
  ]);
});
