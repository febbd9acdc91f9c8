import { afterAll, beforeAll, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { viewPeople } from '../../carpool/index.ts';
import { readBookedDays } from '../../fleet/index.ts';
import { fleetHourlyTotals } from '../../fleet/tables.ts';
import type { ExportParts } from '../ports.ts';
import { getComparison, importProviderExport, listComparisons } from './import-provider-export.ts';

let pg: TestPg;
const parts: ExportParts = { getPeople: viewPeople, readBookedDays };
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

async function book(groupId: string, hourAt: string, over: object = {}) {
  const names = {
    groupId,
    userId: 'usr',
    keyId: `key ${Math.random()}`,
    service: 'claude',
    model: 'claude-haiku-4-5',
    upstreamId: 'ups_a',
    priceVersion: '1',
  };
  const sums = { attempts: 1, requests: 1, input: 1000, output: 200, costNanoUsd: 2_000_000, durations: [] };
  await pg.db.insert(fleetHourlyTotals).values({ hourAt: new Date(hourAt), ...names, ...sums, ...over });
}

const table = (...lines: string[]) => ['date,model,input_tokens,output_tokens,cost_usd', ...lines].join('\n');

it('finds what only one side has, and how much of a difference estimates can explain', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  await book(group.id, '2026-11-02T23:00:00Z');
  await book(group.id, '2026-11-03T00:00:00Z', { estimated: 1, estimatedTokens: 100, lost: 1 });
  await book(group.id, '2026-11-03T05:00:00Z', { upstreamId: 'ups_b' });
  await book(group.id, '2026-11-03T05:00:00Z', { service: 'openai' });
  await book(group.id, '2026-11-05T05:00:00Z');
  const content = table(
    '2026-11-02,Claude Haiku 4.5,1000,200,0.002',
    '2026-11-03,Claude Haiku 4.5,2500,250,0.004',
    '2026-11-04,Claude Opus 5,7,0,0',
  );
  const made = await importProviderExport(manager, parts, group.id, { service_name: 'claude', upstream_id: null, content });
  expect(made).toMatchObject({ format: 'plain', from: '2026-11-02', to: '2026-11-04', rows: 3 });
  expect(made.lines).toMatchObject([
    { date: '2026-11-02', our_models: ['claude-haiku-4-5'], tokens: { difference: 0 }, cost_usd: { difference: 0 } },
    { date: '2026-11-03', tokens: { theirs: 2750, ours: 2400, estimated: 100, unknown: 250 }, requests: 2, lost_requests: 1 },
    { date: '2026-11-04', our_models: [], tokens: { theirs: 7, ours: 0, unknown: 7 } },
  ]);
  const ofOne = await importProviderExport(manager, parts, group.id, { service_name: 'claude', upstream_id: 'ups_b', content });
  expect(ofOne.totals.tokens).toMatchObject({ ours: 1200 });
  const { comparisons, total } = await listComparisons(manager, parts, group.id, { page: 1, limit: 20 });
  expect([total, comparisons[0]?.id]).toEqual([2, ofOne.id]);
  expect(await getComparison(manager, parts, group.id, made.id)).toEqual(made);
});

it('is for managers of the group, and of this group alone', async () => {
  const manager = await newPerson(pg);
  const [group, other] = [await makeGroup(manager), await makeGroup(manager)];
  const member = await newPerson(pg, 'group_member');
  await join(member, group);
  const wish = { service_name: 'claude', upstream_id: null, content: table('2026-11-02,m,1,1,1') };
  await expect(importProviderExport(member, parts, group.id, wish)).rejects.toMatchObject({ code: 'not_the_manager' });
  await expect(importProviderExport(await newPerson(pg), parts, group.id, wish)).rejects.toMatchObject({ code: 'group_unknown' });
  const made = await importProviderExport(manager, parts, group.id, wish);
  await expect(getComparison(manager, parts, other.id, made.id)).rejects.toMatchObject({ code: 'comparison_unknown' });
});

it('takes no table of more than a year and a bit', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  const content = table('2024-01-01,m,1,1,1', '2026-01-01,m,1,1,1');
  const wish = { service_name: 'claude', upstream_id: null, content };
  await expect(importProviderExport(manager, parts, group.id, wish)).rejects.toMatchObject({ code: 'export_too_long' });
});
