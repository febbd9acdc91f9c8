import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { modelFleet, modelParts, newModelNode, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import type { Role } from '../../kernel/index.ts';
import { insightAnswers } from '../tables.ts';
import { readKeyUsage } from './read-key-usage.ts';
import { readNodeStats } from './read-node-stats.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

const clock = standingClock('2026-11-21T10:00:00.000Z');
const as = (userId: string, role: Role = 'group_member') =>
  testCtx(pg, { kind: 'user', userId: userId as UserId, role, sessionId: 'ses_1' as SessionId }, { clock });
const row = (endedAt: string, over = {}) => newBookRow({ endedAt, key: 'key_ann', user: 'usr_ann', ...over });
const rows = [
  row('2026-11-20T12:00:00.000Z'),
  row('2026-11-20T17:00:00.000Z', { model: 'claude-haiku-4-5', input: 100 }),
  row('2026-11-21T09:00:00.000Z'),
  row('2026-11-21T09:00:00.000Z', { key: 'key_other' }),
];
const plain = { keyId: 'key_ann', period: 'week' as const, force_refresh: false };

test("shows a key's usage by day of its group's zone and by model", async () => {
  const parts = modelParts(modelFleet(newModelNode({ rows })));
  const { data } = await readKeyUsage(as('usr_ann'), parts, plain);
  expect(data.key_info).toEqual({ id: 'key_ann', name: 'key of usr_ann', token_limit: null });
  expect(data.usage_stats).toMatchObject({
    total_requests: 3,
    total_tokens: 135,
    tokens_by_model: { 'claude-sonnet-4-5': 30, 'claude-haiku-4-5': 105 },
  });
  expect(data.usage_stats.daily_breakdown).toHaveLength(7);
  expect(data.usage_stats.daily_breakdown.slice(-2)).toMatchObject([
    { date: '2026-11-20', requests: 1, tokens: 15, expected: 1, reported: 1 },
    { date: '2026-11-21', requests: 2, tokens: 120 },
  ]);
});

test('takes the period as the last days with today, unless dates are given', async () => {
  const parts = modelParts(modelFleet(newModelNode({ rows })));
  const days = async (over: object) =>
    (await readKeyUsage(as('usr_ann'), parts, { ...plain, ...over })).data.usage_stats.daily_breakdown.map(({ date }) => date);
  expect(await days({ period: 'day' })).toEqual(['2026-11-21']);
  expect(await days({ period: 'month' })).toHaveLength(30);
  expect(await days({ start_date: '2026-11-18', end_date: '2026-11-19' })).toEqual(['2026-11-18', '2026-11-19']);
});

test('is for the owner and who manages the group, and nobody else', async () => {
  const parts = modelParts(modelFleet(newModelNode({ rows })));
  expect((await readKeyUsage(as('usr_boss', 'group_manager'), parts, plain)).data.usage_stats.total_requests).toBe(3);
  await expect(readKeyUsage(as('usr_eve'), parts, plain)).rejects.toMatchObject({ status: 404 });
});

test('shows an administrator what one node served, and whether it answered', async () => {
  const other = newModelNode({ nodeId: 'nod_two', rows: [row('2026-11-21T09:00:00.000Z', { outcome: 'auth' })] });
  const parts = modelParts(modelFleet(newModelNode({ rows }), other));
  const ask = { nodeId: 'nod_two', granularity: 'day' as const, force_refresh: false };
  const { data } = await readNodeStats(as('usr_root', 'admin'), parts, ask);
  expect(data.node_info).toEqual({
    node_id: 'nod_two',
    node_name: 'one',
    last_heartbeat: '2026-11-21T09:59:30.000Z',
    state: 'active',
  });
  expect(data.statistics).toMatchObject({ total_requests: 1, success_count: 0, error_count: 1, avg_response_time_ms: 200 });
  expect(data.statistics.by_service).toMatchObject([{ service_name: 'claude', requests: 1, success_rate: 0 }]);
  await expect(readNodeStats(as('usr_boss', 'group_manager'), parts, ask)).rejects.toMatchObject({ status: 403 });
  await expect(readNodeStats(as('usr_root', 'admin'), parts, { ...ask, nodeId: 'nod_none' })).rejects.toMatchObject({
    status: 404,
  });
});
