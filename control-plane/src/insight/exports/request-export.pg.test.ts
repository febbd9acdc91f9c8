import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, test } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { modelFleet, modelParts, newModelNode, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { defineJob, type Role } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { insightJobsOver } from '../jobs.ts';
import { pruneInsight } from '../prune-insight.ts';
import { insightExports } from '../tables.ts';
import { readExportResult, readExportStatus } from './read-export.ts';
import { requestExport } from './request-export.ts';
import { runExport } from './run-export.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());

const clock = standingClock('2026-11-21T10:00:00.000Z');
const row = (over = {}) => newBookRow({ endedAt: '2026-11-21T09:00:00.000Z', ...over });
const node = newModelNode({ rows: [row(), row({ user: 'usr_ann', model: '=HYPERLINK("x")' })] });
const fleet = modelFleet(node);
const parts = modelParts(fleet);
const jobs = insightJobsOver(parts);
const as = (userId: string, role: Role = 'group_member') =>
  testCtx(pg, { kind: 'user', userId: userId as UserId, role, sessionId: 'ses_1' as SessionId }, { clock });
const boss = as('usr_boss', 'group_manager');
const system = testCtx(pg, undefined, { clock });
const plain = {
  groupId: 'grp_one',
  granularity: 'day' as const,
  start_date: '2026-11-20',
  include_user_breakdown: false,
  include_key_breakdown: false,
  include_model_breakdown: true,
  export_format: 'json' as const,
};

async function run(input: Partial<typeof plain> | { export_format: 'csv' }, ctx = boss) {
  const { query_id } = await requestExport(ctx, parts, jobs.runExport, { ...plain, ...input });
  await runExport(system, parts, { export_id: query_id });
  return query_id;
}

test('writes a table that no spreadsheet runs', async () => {
  const result = await readExportResult(boss, parts, await run({ export_format: 'csv' }));
  if (result.kind !== 'csv') throw new Error('no csv');
  expect(result.fileName).toBe('usage-2026-11-19-2026-11-21.csv');
  expect(result.text.codePointAt(0)).toBe(0xfeff);
  const lines = result.text.slice(1).split('\r\n');
  expect(lines[0]).toMatch(/^bucket_start_utc,bucket_end_utc,service_name,model,requests,.*,data_completeness,as_of_utc$/);
  expect(lines[1]).toBe(
    '2026-11-19T16:00:00.000Z,2026-11-20T16:00:00.000Z,,,0,0,0,0,0,0,0,0,0,0,0.000000000,,,0,0,0,1,1,1,2026-11-21T10:00:00.000Z',
  );
  expect(lines[2]).toContain(`claude,"'=HYPERLINK(""x"")",1,1,0,0,10,0,0,5,0,15,0.000105000,200,`);
  expect(lines[3]).toContain('claude,claude-sonnet-4-5,1,');
  expect(lines).toHaveLength(5);
});

test('hides a question from others, lets administrators see it, and forgets it after a day', async () => {
  const id = await run({}, as('usr_ann'));
  expect(await readExportResult(as('usr_ann'), parts, id)).toMatchObject({ reply: { data: { summary: { total_requests: 1 } } } });
  await expect(readExportStatus(as('usr_eve'), parts, id)).rejects.toMatchObject({ status: 404 });
  expect(await readExportStatus(as('usr_root', 'admin'), parts, id)).toMatchObject({ status: 'completed' });
  clock.forward(24 * 3_600_000);
  await expect(readExportStatus(as('usr_ann'), parts, id)).rejects.toMatchObject({ status: 404 });
  await pruneInsight(system);
  expect(await pg.db.select().from(insightExports).where(eq(insightExports.id, id))).toEqual([]);
});

test("takes back the whole group's figures from who no longer manages it", async () => {
  const id = await run({}, boss);
  const demoted = {
    ...parts,
    carpool: { ...parts.carpool, getGroup: async () => ({ groupId: 'grp_one', timeZone: 'UTC', services: [], seesAll: false }) },
  };
  await expect(readExportResult(boss, demoted, id)).rejects.toMatchObject({ status: 404 });
});

test('says that it failed, and that it was given up, and leaves a result that is there alone', async () => {
  const broken = { ...parts, fleet: { ...fleet, bookKeepers: () => Promise.reject(new Error('secret detail')) } };
  const { query_id } = await requestExport(boss, parts, jobs.runExport, plain);
  await runExport(system, broken, { export_id: query_id });
  await runExport(system, parts, { export_id: query_id });
  expect(await readExportStatus(boss, parts, query_id)).toMatchObject({
    status: 'failed',
    error: expect.not.stringContaining('secret'),
  });
  const { query_id: forgotten } = await requestExport(boss, parts, jobs.runExport, plain);
  clock.forward(11 * 60_000);
  expect(await readExportStatus(boss, parts, forgotten)).toMatchObject({ status: 'timeout', result_url: null });
});

test('refuses a sixth question while five are under way, and a breakdown to a member', async () => {
  clock.forward(3_600_000);
  for (let i = 0; i < 5; i += 1) await requestExport(boss, parts, jobs.runExport, plain);
  await expect(requestExport(boss, parts, jobs.runExport, plain)).rejects.toMatchObject({ status: 429 });
  await expect(
    requestExport(as('usr_ann'), parts, jobs.runExport, { ...plain, include_key_breakdown: true }),
  ).rejects.toMatchObject({ status: 403 });
});

test('is run by the system only', async () => {
  await expect(runExport(boss, parts, { export_id: 'qry_x' })).rejects.toMatchObject({ status: 403 });
});

test('works a question out in a job, with an audit row, and gives its result to who asked', async () => {
  const quiet = as('usr_root', 'admin');
  const asked = await requestExport(quiet, parts, jobs.runExport, plain);
  expect(asked).toMatchObject({ status: 'processing', progress: 0, poll_url: `/api/v1/queries/${asked.query_id}/status` });
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, asked.query_id));
  expect(audits).toMatchObject([{ action: 'insight.export.request', groupId: 'grp_one', actorId: 'usr_root' }]);
  await expect(readExportResult(quiet, parts, asked.query_id)).rejects.toMatchObject({ status: 409, code: 'query_processing' });
  const onTheClock = defineJob({ ...jobs.runExport, handler: (_, one) => runExport(system, parts, one) });
  await pg.workOn([onTheClock]);
  await expect
    .poll(async () => (await readExportStatus(quiet, parts, asked.query_id)).status, { timeout: 15_000 })
    .toBe('completed');
  expect(await readExportStatus(quiet, parts, asked.query_id)).toMatchObject({
    progress: 100,
    result_url: `/api/v1/queries/${asked.query_id}/result`,
    result_expires_at: new Date(clock.now().getTime() + 24 * 3_600_000).toISOString(),
  });
  const result = await readExportResult(quiet, parts, asked.query_id);
  expect(result).toMatchObject({
    kind: 'json',
    reply: { success: true, data: { summary: { total_requests: 2 } }, warnings: [] },
  });
});
