import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { OpenAPIHandler } from '@orpc/openapi/fetch';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { newBookRow } from '../../test/model-books.ts';
import { modelFleet, modelParts, newModelNode, standingClock } from '../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../test/pg.ts';
import { runExport } from './exports/run-export.ts';
import { insightJobsOver } from './jobs.ts';
import { insightRouterOver } from './routes.ts';
import { insightAnswers } from './tables.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

const clock = standingClock('2026-11-21T10:00:00.000Z');
const fleet = modelFleet(newModelNode({ rows: [newBookRow({ endedAt: '2026-11-21T09:00:00.000Z' })] }));
const parts = modelParts(fleet);
const handler = new OpenAPIHandler(insightRouterOver(parts, insightJobsOver(parts)));
const ctx = testCtx(
  pg,
  { kind: 'user', userId: 'usr_root' as UserId, role: 'admin', sessionId: 'ses_1' as SessionId },
  { clock },
);

async function call(path: string, body?: object): Promise<Response> {
  const init = body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {};
  const { response } = await handler.handle(new Request(`http://test/api/v1${path}`, init), {
    prefix: '/api/v1',
    context: { ctx },
  });
  if (!response) throw new Error(`no route for ${path}`);
  return response;
}

const envelope = z.object({
  success: z.literal(true),
  data: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()).optional(),
});

async function json(response: Response) {
  return envelope.parse(await response.json());
}

const group = '/carpool/groups/grp_one/ai-services';

test('answers statistics in the agreed envelope, read from the query string', async () => {
  const response = await call(
    `${group}/stats?start_date=2026-11-21&granularity=hour&timeout=5&force_refresh=true&include_user_breakdown=false`,
  );
  expect(response.status).toBe(200);
  const reply = await json(response);
  expect(reply).toMatchObject({
    success: true,
    data: {
      query_info: {
        cached: false,
        nodes_queried: 1,
        nodes_responded: 1,
        nodes_timeout: 0,
        data_completeness: 1,
        granularity: 'hour',
      },
      summary: { total_requests: 1, total_tokens: 15, total_cost: 0.000105, success_rate: 100, avg_response_time_ms: 200 },
      by_service: [{ service_name: 'claude', requests: 1, tokens: 15, cost: 0.000105 }],
      node_details: [{ node_id: 'nod_one', status: 'responded', data_range: '2026-11-21 to 2026-11-21' }],
    },
    warnings: [],
  });
  expect(reply.data).not.toHaveProperty('by_user');
  expect(fleet.asked.at(-1)?.deadlineMs).toBe(5000);
});

test('needs no parameter at all', async () => {
  expect(await (await call(`${group}/stats`)).json()).toMatchObject({
    data: { summary: { total_requests: 1 }, query_info: { granularity: 'day' } },
  });
  expect(await (await call('/admin/stats')).json()).toMatchObject({ data: { by_group: [{ group_id: 'grp_one' }] } });
  expect(await (await call(`${group}/basic-stats`)).json()).toMatchObject({ data: { query_info: { nodes_alive: 1 } } });
  expect(await (await call('/edge-nodes/nod_one/stats')).json()).toMatchObject({ data: { statistics: { total_requests: 1 } } });
  expect(await (await call('/user/api-keys/key_one/usage')).json()).toMatchObject({
    data: { usage_stats: { total_requests: 1 } },
  });
  expect(await (await call('/audit?limit=5')).json()).toMatchObject({ data: { pagination: { page: 1, limit: 5 } } });
});

test.each(['timeout=0', 'timeout=31', 'granularity=week', 'force_refresh=maybe', 'start_date='])('refuses %s', async (query) => {
  expect((await call(`${group}/stats?${query}`)).ok).toBe(false);
});

test('hands a finished table out as a file', async () => {
  const asked = await call(`${group}/stats/async`, {
    start_date: '2026-11-21',
    export_format: 'csv',
    include_model_breakdown: true,
  });
  expect(asked.status).toBe(202);
  const { data } = await json(asked);
  expect(data).toMatchObject({ status: 'processing', poll_url: `/api/v1/queries/${data['query_id']}/status` });
  await runExport(testCtx(pg, undefined, { clock }), parts, { export_id: String(data['query_id']) });
  const status = await json(await call(`/queries/${data['query_id']}/status`));
  expect(status.data).toMatchObject({ status: 'completed', result_url: `/api/v1/queries/${data['query_id']}/result` });
  const file = await call(`/queries/${data['query_id']}/result`);
  expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(file.headers.get('content-disposition')).toContain('usage-2026-11-20-2026-11-21.csv');
  const bytes = new Uint8Array(await file.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
});

test('hands a finished JSON result out in the envelope of live statistics', async () => {
  const { data } = await json(await call(`${group}/stats/async`, {}));
  await runExport(testCtx(pg, undefined, { clock }), parts, { export_id: String(data['query_id']) });
  const result = await (await call(`/queries/${data['query_id']}/result`)).json();
  expect(result).toMatchObject({ success: true, data: { summary: { total_requests: 1 } }, warnings: [] });
});
