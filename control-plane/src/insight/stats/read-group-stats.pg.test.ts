import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { statsReport } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { type ModelFleet, modelFleet, modelParts, newModelNode, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import type { Ctx, Role } from '../../kernel/index.ts';
import { insightAnswers } from '../tables.ts';
import { readAllStats, readGroupStats, type StatsInput } from './read-group-stats.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

function setUp(fleet: ModelFleet) {
  const clock = standingClock('2026-11-21T10:00:00.000Z');
  const parts = modelParts(fleet);
  const as = (userId: string, role: Role = 'group_member'): Ctx =>
    testCtx(pg, { kind: 'user', userId: userId as UserId, role, sessionId: 'ses_1' as SessionId }, { clock });
  const boss = as('usr_boss', 'group_manager');
  const ask = async (over: Partial<StatsInput> = {}, ctx = boss) => {
    const reply = await readGroupStats(ctx, parts, { ...plain, groupId: 'grp_one', ...over });
    statsReport.parse(reply.data);
    return { ...reply.data, warnings: reply.warnings, info: reply.data.query_info };
  };
  return { clock, parts, as, ask, fleet };
}

const plain: StatsInput = {
  granularity: 'day',
  include_user_breakdown: false,
  include_key_breakdown: false,
  force_refresh: false,
};
const row = (over = {}) => newBookRow({ endedAt: '2026-11-21T09:00:00.000Z', ...over });

test('adds up all nodes, live, and says that it is complete', async () => {
  const two = newModelNode({ nodeId: 'nod_two', name: 'two', rows: [row({ durationMs: 400 })] });
  const { ask } = setUp(modelFleet(newModelNode({ rows: [row(), row({ service: 'gemini', model: 'g' })] }), two));
  const reply = await ask();
  expect(reply.info).toMatchObject({
    cached: false,
    source: 'live',
    cache_age_seconds: 0,
    data_completeness: 1,
    nodes_queried: 2,
    tz: 'Asia/Shanghai',
    tier: 'history',
  });
  expect(reply.summary).toMatchObject({ total_requests: 3, total_tokens: 45, total_cost: 0.000315 });
  expect(reply.time_series).toHaveLength(7);
  expect(reply.warnings).toEqual([]);
});

test('shows a kept answer with its age until its tier ends, then asks again', async () => {
  const node = newModelNode({ rows: [row()] });
  const { ask, clock, fleet } = setUp(modelFleet(node));
  const today = { start_date: '2026-11-21', granularity: 'hour' as const };
  expect((await ask(today)).info).toMatchObject({
    cached: false,
    tier: 'realtime',
    cache_expires_at: '2026-11-21T10:05:00.000Z',
  });
  node.rows.push(row());
  clock.forward(299_000);
  const kept = await ask(today);
  expect(kept.info).toMatchObject({ cached: true, source: 'cache', cache_age_seconds: 299, as_of: '2026-11-21T10:00:00.000Z' });
  expect(kept.summary.total_requests).toBe(1);
  clock.forward(2_000);
  expect((await ask(today)).summary.total_requests).toBe(2);
  expect(fleet.asked.map(({ deadlineMs }) => deadlineMs)).toEqual([3000, 3000]);
});

test('keeps history for half an hour, and asks at once when told to refresh', async () => {
  const node = newModelNode({ rows: [row()] });
  const { ask, clock, fleet } = setUp(modelFleet(node));
  expect((await ask()).info.cache_expires_at).toBe('2026-11-21T10:30:00.000Z');
  node.rows.push(row());
  clock.forward(60_000);
  expect((await ask()).summary.total_requests).toBe(1);
  expect(await ask({ force_refresh: true })).toMatchObject({ summary: { total_requests: 2 }, info: { cached: false } });
  expect(await ask()).toMatchObject({ summary: { total_requests: 2 }, info: { cached: true } });
  expect(fleet.asked.map(({ deadlineMs }) => deadlineMs)).toEqual([10_000, 10_000]);
});

test('shares kept answers with other replicas, and one fan-out among all who ask at once', async () => {
  const { ask, parts, fleet, as } = setUp(modelFleet(newModelNode({ rows: [row()] })));
  await Promise.all([ask(), ask(), ask()]);
  expect(fleet.asked).toHaveLength(1);
  const replica = modelParts(fleet);
  expect(replica.flights).not.toBe(parts.flights);
  const reply = await readGroupStats(as('usr_boss', 'group_manager'), replica, { ...plain, groupId: 'grp_one' });
  // The replica's clock stands at the same instant, so the answer of the first is still good.
  expect(reply.data.query_info.cached).toBe(true);
  expect(fleet.asked).toHaveLength(1);
});

test('keeps an answer with a gap, or with nothing in it, for seconds only', async () => {
  const away = newModelNode({ nodeId: 'nod_two', name: 'two', online: false, mood: 'offline', state: 'inactive' });
  const { ask } = setUp(modelFleet(newModelNode({ rows: [row()] }), away));
  const reply = await ask();
  expect(reply.info).toMatchObject({ data_completeness: 0.5, nodes_offline: 1, cache_expires_at: '2026-11-21T10:00:15.000Z' });
  expect(reply.warnings[0]).toMatch(/^node two is offline since 2026-11-21T09:59:30/);
  const { ask: askEmpty } = setUp(modelFleet(newModelNode({ groups: ['grp_one'] })));
  expect((await askEmpty({ service_name: 'ampcode' })).info.cache_expires_at).toBe('2026-11-21T10:00:10.000Z');
});

test("lets a member see his own usage only, and never a manager's kept answer", async () => {
  const rows = [row({ user: 'usr_boss' }), row({ user: 'usr_ann' }), row({ user: 'usr_ann', key: 'key_two' })];
  const { ask, as, fleet } = setUp(modelFleet(newModelNode({ rows })));
  expect((await ask()).summary.total_requests).toBe(3);
  expect((await ask({}, as('usr_ann'))).summary.total_requests).toBe(2);
  expect((await ask({ key_id: 'key_two' }, as('usr_ann'))).summary.total_requests).toBe(1);
  expect((await ask({}, as('usr_eve'))).summary.total_requests).toBe(0);
  expect(fleet.asked.map(({ userIds }) => userIds)).toEqual([null, ['usr_ann'], ['usr_ann'], ['usr_eve']]);
  await expect(ask({ include_user_breakdown: true }, as('usr_ann'))).rejects.toMatchObject({ status: 403 });
});

test('breaks usage down by user and key for who manages the group', async () => {
  const { ask } = setUp(modelFleet(newModelNode({ rows: [row(), row({ user: 'usr_ann', key: 'key_ann' })] })));
  const reply = await ask({ include_user_breakdown: true, include_key_breakdown: true });
  expect(reply.by_user?.map(({ user_id, requests }) => [user_id, requests])).toEqual([
    ['usr_ann', 1],
    ['usr_one', 1],
  ]);
  expect(reply.by_key?.map(({ key_id, user_id }) => [key_id, user_id])).toEqual([
    ['key_ann', 'usr_ann'],
    ['key_one', 'usr_one'],
  ]);
  await expect(ask({ include_key_breakdown: true, granularity: 'hour' })).rejects.toMatchObject({ code: 'too_many_buckets' });
});

test('hides a group from who does not belong to it, and everything from who is not signed in', async () => {
  const { parts, as } = setUp(modelFleet(newModelNode()));
  await expect(readGroupStats(as('usr_ann'), parts, { ...plain, groupId: 'grp_two' })).rejects.toMatchObject({ status: 404 });
  const anonymous = testCtx(pg, { kind: 'anonymous' });
  await expect(readGroupStats(anonymous, parts, { ...plain, groupId: 'grp_one' })).rejects.toMatchObject({ status: 401 });
  await expect(readAllStats(as('usr_boss', 'group_manager'), parts, plain)).rejects.toMatchObject({ status: 403 });
});

test('asks every node for the overview and breaks it down by group', async () => {
  const other = newModelNode({ nodeId: 'nod_two', groups: ['grp_two'], rows: [row({ group: 'grp_two' })] });
  const { parts, as } = setUp(modelFleet(newModelNode({ rows: [row(), row()] }), other));
  const { data } = await readAllStats(as('usr_root', 'admin'), parts, plain);
  expect(data.summary.total_requests).toBe(3);
  expect(data.by_group?.map(({ group_id, requests }) => [group_id, requests])).toEqual([
    ['grp_one', 2],
    ['grp_two', 1],
  ]);
});

test('asks no node that came after the range or was let go before it, and names a retired one that was there', async () => {
  const late = newModelNode({ nodeId: 'nod_late', sinceAt: new Date('2026-11-20T00:00:00Z') });
  const gone = newModelNode({
    nodeId: 'nod_gone',
    state: 'retired',
    online: false,
    mood: 'offline',
    untilAt: new Date('2026-11-05T12:00:00Z'),
  });
  const { ask, fleet } = setUp(modelFleet(newModelNode(), late, gone));
  const reply = await ask({ start_date: '2026-11-05', end_date: '2026-11-06' });
  expect(fleet.asked[0]?.nodeIds).toEqual(['nod_one', 'nod_gone']);
  expect(reply.warning_codes.map(({ code }) => code)).toEqual(['node_retired']);
  expect(reply.time_series.map(({ expected, reported }) => [expected, reported])).toEqual([
    [2, 1],
    [1, 1],
  ]);
  expect((await ask({ start_date: '2026-11-10', end_date: '2026-11-11' })).info).toMatchObject({
    nodes_queried: 1,
    data_completeness: 1,
  });
});

test('filters by service and model, and takes a timeout of the asker', async () => {
  const rows = [row(), row({ model: 'other' }), row({ service: 'gemini', model: 'g' })];
  const { ask, fleet } = setUp(modelFleet(newModelNode({ rows })));
  expect((await ask({ service_name: 'claude', timeout: 5 })).summary.total_requests).toBe(2);
  expect((await ask({ model: 'other' })).by_model.map(({ model }) => model)).toEqual(['other']);
  expect(fleet.asked[0]?.deadlineMs).toBe(5000);
});

test('answers without its table too', async () => {
  const { parts, as } = setUp(modelFleet(newModelNode({ rows: [row()] })));
  const ctx = as('usr_boss', 'group_manager');
  const broken: Ctx = {
    ...ctx,
    db: new Proxy(ctx.db, {
      get: () => () => {
        throw new Error('the database is away');
      },
    }),
  };
  const { data } = await readGroupStats(broken, parts, { ...plain, groupId: 'grp_one' });
  expect(data.summary.total_requests).toBe(1);
});
