import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { listEvents } from './read-events.ts';
import { watchExpiry } from './watch-expiry.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const inDays = (days: number) => new Date(Date.now() + days * 24 * 3_600_000).toISOString();

it('says a week ahead, once, which credentials will stop working', async () => {
  const manager = await newPerson(pg);
  const { id: groupId } = await makeGroup(manager);
  const soon = await makeUpstream(manager, groupId, { name: 'Soon', expires_at: inDays(6) });
  await makeUpstream(manager, groupId, { name: 'Later', expires_at: inDays(8) });
  await makeUpstream(manager, groupId, { name: 'Over', expires_at: inDays(-1) });
  await makeUpstream(manager, groupId, { name: 'Resting', expires_at: inDays(1), status: 'disabled' });
  await makeUpstream(manager, groupId, { name: 'Never' });
  await watchExpiry(testCtx(pg));
  await watchExpiry(testCtx(pg));
  const { events } = await listEvents(manager, { groupId, page: 1, limit: 10 });
  expect(events).toMatchObject([
    { kind: 'account_expires_soon', upstream_id: soon.id, upstream_name: 'Soon', node_id: null, until: soon.expires_at },
  ]);
  expect(events).toHaveLength(1);
});
