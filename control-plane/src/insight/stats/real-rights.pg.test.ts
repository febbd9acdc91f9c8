import { type GroupId, newId, type UserId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { modelFleet, newModelNode } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { ensureDemo, ensureServices, viewGroup, viewKey } from '../../carpool/index.ts';
import { carpoolGroups, carpoolKeys, carpoolMemberships } from '../../carpool/tables.ts';
import { identityUsers } from '../../identity/tables.ts';
import type { Role } from '../../kernel/index.ts';
import { listAudit } from '../audit/list-audit.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import { insightAnswers } from '../tables.ts';
import { readBasicStats } from './read-basic-stats.ts';
import { readGroupStats } from './read-group-stats.ts';
import { readKeyUsage } from './read-key-usage.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

const people = { boss: newId('user'), ann: newId('user'), eve: newId('user'), root: newId('user') };
const as = (userId: UserId, role: Role = 'group_member') => testCtx(pg, { kind: 'user', userId, role, sessionId: 'ses_1' });
const node = newModelNode({ sinceAt: new Date('2020-01-01T00:00:00Z') });
const parts = { fleet: modelFleet(node), carpool: { getGroup: viewGroup, getKey: viewKey }, flights: new SingleFlight() };
let groupId: GroupId;
let keyId = '';

beforeAll(async () => {
  const ctx = testCtx(pg);
  for (const [name, id] of Object.entries(people))
    await pg.db.insert(identityUsers).values({ id, name, email: `${name}@example.com` });
  await ensureServices(ctx);
  const demo = await ensureDemo(ctx, people.boss);
  groupId = demo?.groupId as GroupId;
  const membership = {
    id: newId('membership'),
    groupId,
    userId: people.ann,
    role: 'member',
    status: 'active',
    joinedAt: new Date(),
  } as const;
  await pg.db.insert(carpoolMemberships).values(membership);
  await pg.db.update(carpoolGroups).set({ timeZone: 'America/New_York' });
  keyId = (await pg.db.select().from(carpoolKeys).where(eq(carpoolKeys.groupId, groupId)))[0]?.id ?? '';
  const endedAt = new Date().toISOString();
  const row = (user: string, key: string) => newBookRow({ endedAt, group: groupId, user, key, service: 'simulator' });
  node.groups.push(groupId);
  node.rows.push(row(people.boss, keyId), row(people.boss, keyId), row(people.ann, 'key_of_ann'));
});

const plain = { granularity: 'day' as const, include_user_breakdown: false, include_key_breakdown: false, force_refresh: false };
const ask = async (userId: UserId, role?: Role) => (await readGroupStats(as(userId, role), parts, { ...plain, groupId })).data;

test('shows a manager his whole group in its own time zone, and a member his own part', async () => {
  const whole = await ask(people.boss);
  expect(whole.summary.total_requests).toBe(3);
  expect(whole.query_info.tz).toBe('America/New_York');
  expect((await ask(people.ann)).summary.total_requests).toBe(1);
  expect((await ask(people.root, 'admin')).summary.total_requests).toBe(3);
});

test('does not know the group before strangers', async () => {
  await expect(ask(people.eve)).rejects.toMatchObject({ status: 404 });
  await expect(readBasicStats(as(people.eve), parts, { groupId, force_refresh: false })).rejects.toMatchObject({ status: 404 });
});

test('names the services that the group has switched on among the basic figures', async () => {
  const { data } = await readBasicStats(as(people.boss), parts, { groupId, force_refresh: false });
  expect(data.service_health).toContainEqual({
    service_name: 'simulator',
    status: 'healthy',
    requests_last_hour: 3,
    avg_response_time_ms: 200,
  });
});

test('shows a key to its owner and to who manages its group only', async () => {
  const use = (userId: UserId, role?: Role) =>
    readKeyUsage(as(userId, role), parts, { keyId, period: 'week', force_refresh: false });
  expect((await use(people.boss)).data).toMatchObject({ key_info: { name: 'Demo key' }, usage_stats: { total_requests: 2 } });
  expect((await use(people.root, 'super_admin')).data.usage_stats.total_requests).toBe(2);
  await expect(use(people.ann)).rejects.toMatchObject({ status: 404 });
});

test('shows the history of a group to its manager', async () => {
  const { entries } = await listAudit(as(people.boss), parts, { page: 1, limit: 50, group_id: groupId });
  expect(entries.map(({ action }) => action)).toContain('carpool.key.issue');
  await expect(listAudit(as(people.ann), parts, { page: 1, limit: 50, group_id: groupId })).rejects.toMatchObject({
    status: 403,
  });
});
