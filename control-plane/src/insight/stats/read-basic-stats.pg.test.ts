import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { type ModelNode, modelFleet, modelParts, newModelNode, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { pruneInsight } from '../prune-insight.ts';
import { insightAnswers } from '../tables.ts';
import { readBasicStats } from './read-basic-stats.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

function setUp(at: string, ...nodes: ModelNode[]) {
  const clock = standingClock(at);
  const fleet = modelFleet(...nodes);
  const parts = modelParts(fleet);
  const ctx = testCtx(
    pg,
    { kind: 'user', userId: 'usr_boss' as UserId, role: 'group_manager', sessionId: 'ses_1' as SessionId },
    { clock },
  );
  return { clock, fleet, ctx, ask: (force_refresh = false) => readBasicStats(ctx, parts, { groupId: 'grp_one', force_refresh }) };
}

// 18:00 in Shanghai; the day began there at 16:00 UTC of the 20th.
const evening = '2026-11-21T10:00:00.000Z';
const row = (endedAt: string, over = {}) => newBookRow({ endedAt, ...over });

test('tells today from the last hour in the time zone of the group', async () => {
  const rows = [
    row('2026-11-20T15:59:00.000Z'),
    row('2026-11-20T16:00:00.000Z'),
    row('2026-11-21T09:30:00.000Z', { durationMs: 400 }),
    row('2026-11-21T09:40:00.000Z', { outcome: 'other', durationMs: 200 }),
  ];
  const { ask } = setUp(evening, newModelNode({ rows }), newModelNode({ nodeId: 'nod_two', activeRequests: 5 }));
  const { data, warnings } = await ask();
  expect(data.query_info).toMatchObject({
    cached: false,
    cache_age_seconds: 0,
    nodes_alive: 2,
    nodes_total: 2,
    data_completeness: 1,
    cache_expires_at: '2026-11-21T10:01:00.000Z',
  });
  expect(data.real_time_metrics).toEqual({
    active_requests: 7,
    total_requests_today: 3,
    current_success_rate: 50,
    avg_response_time_last_hour: 300,
  });
  expect(data.service_health).toEqual([
    { service_name: 'claude', status: 'degraded', requests_last_hour: 2, avg_response_time_ms: 300 },
    { service_name: 'gemini', status: 'unknown', requests_last_hour: 0, avg_response_time_ms: null },
  ]);
  expect(warnings).toEqual([]);
});

test('knows the last hour just after midnight, when today is shorter', async () => {
  const rows = [row('2026-11-20T15:50:00.000Z'), row('2026-11-20T16:05:00.000Z')];
  const { data } = await setUp('2026-11-20T16:10:00.000Z', newModelNode({ rows })).ask();
  expect(data.real_time_metrics.total_requests_today).toBe(1);
  expect(data.service_health[0]).toMatchObject({ requests_last_hour: 2, status: 'healthy' });
});

test('keeps the figures for one minute', async () => {
  const node = newModelNode({ rows: [row('2026-11-21T09:30:00.000Z')] });
  const { ask, clock, fleet } = setUp(evening, node);
  await ask();
  node.rows.push(row('2026-11-21T09:31:00.000Z'));
  clock.forward(59_000);
  expect((await ask()).data).toMatchObject({
    query_info: { cached: true, cache_age_seconds: 59 },
    real_time_metrics: { total_requests_today: 1 },
  });
  clock.forward(2_000);
  expect((await ask()).data).toMatchObject({ query_info: { cached: false }, real_time_metrics: { total_requests_today: 2 } });
  expect(fleet.asked).toHaveLength(2);
});

test('falls back to the last figures when no node answers, and says whose are missing', async () => {
  const node = newModelNode({ rows: [row('2026-11-21T09:30:00.000Z')] });
  const { ask, clock, ctx } = setUp(evening, node);
  await ask();
  Object.assign(node, { mood: 'offline', online: false, state: 'inactive' });
  clock.forward(10 * 60_000);
  await pruneInsight(ctx);
  const { data, warnings } = await ask();
  expect(data).toMatchObject({
    query_info: { cached: true, cache_age_seconds: 600 },
    real_time_metrics: { total_requests_today: 1 },
  });
  expect(warnings.join()).toMatch(/no node answered.*node one is offline/);
  clock.forward(3_600_000);
  expect((await ask()).data).toMatchObject({
    query_info: { nodes_alive: 0, nodes_responded: 0, data_completeness: 0 },
    real_time_metrics: { active_requests: null },
  });
});
