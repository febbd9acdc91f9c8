import { type Histogram, mergeHistograms } from '@aicarpool/shared-protocol';
import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/pg.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetHourlyTotals } from '../settlement-tables.ts';
import { readHourlyTotals } from './read-hourly-totals.ts';
import { readSettledCounts } from './read-settled-counts.ts';

const pg = await freshDatabase();
const scene = new Scene(pg);
afterAll(() => pg.close());
const hour = (at: number) => new Date(Date.parse('2026-11-21T00:00:00Z') + at * 3_600_000);

it('gives exact sums of whole hours, by group, member, key and service, and says whose rows they are', async () => {
  const [one, two] = [await scene.group(), await scene.group()];
  const nodes = [await scene.node(one, two), await scene.node(one)] as const;
  const books = nodes.map((node) => scene.newBook(node));
  for (const [at, book] of books.entries()) {
    for (let row = 0; row < 4; row += 1)
      book.spend(
        {},
        { group_id: one, hour_at: hour(row % 2).toISOString(), user_id: `usr_${at}`, key_id: `key_${row % 2}`, input: 1 },
      );
  }
  books[0]?.spend({}, { group_id: two, hour_at: hour(0).toISOString(), service: 'gemini', input: 100 });
  for (const [at, node] of nodes.entries()) {
    const book = books[at];
    if (book) await scene.settle(node, book);
  }
  const sum = async (over: object) =>
    (await readHourlyTotals(pg.db, { groupIds: [one], fromAt: hour(0), toAt: hour(5), ...over })).reduce(
      (all, { input }) => all + input,
      0,
    );
  expect(await sum({})).toBe(8);
  expect(await sum({ groupIds: null })).toBe(108);
  expect(await sum({ toAt: hour(1) })).toBe(4);
  expect(await sum({ userIds: ['usr_1'] })).toBe(4);
  expect(await sum({ userIds: ['usr_1'], keyIds: ['key_0'] })).toBe(2);
  expect(await sum({ groupIds: null, services: ['gemini'] })).toBe(100);
  const counts = await readSettledCounts(pg.db, { groupIds: [one], fromAt: hour(0), toAt: hour(1) });
  expect(counts.map(({ nodeId, attempts, requests }) => [nodeId, attempts, requests]).sort()).toEqual(
    nodes.map(({ id }) => [id, 2, 2]).sort(),
  );
  expect(
    (await readSettledCounts(pg.db, { groupIds: null, fromAt: hour(0), toAt: hour(2) })).reduce(
      (all, { attempts }) => all + attempts,
      0,
    ),
  ).toBe(9);
  expect(await checkInvariants(scene.ctx)).toEqual([]);
});

it('adds histograms up exactly, however often their hour was written', async () => {
  const group = await scene.group();
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const parts: Histogram[] = [];
  for (let batch = 0; batch < 400; batch += 1) {
    const durations: Histogram = [
      [batch % 90, 1 + (batch % 3)],
      [100 + (batch % 7), 2],
    ];
    parts.push(durations);
    book.spend({}, { group_id: group, durations });
    await scene.settle(node, book);
  }
  const [total] = await readHourlyTotals(pg.db, { groupIds: [group], fromAt: hour(0), toAt: hour(24) });
  expect(total?.durations).toEqual(mergeHistograms(parts));
  const [row] = (await pg.db.select().from(fleetHourlyTotals)).filter(({ groupId }) => groupId === group);
  expect(row?.durationPairs.length).toBeLessThan(2 * (256 + 2 * 64));
});
