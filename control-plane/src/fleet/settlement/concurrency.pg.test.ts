import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { HandClock, Scene } from '../../../test/settlement/scene.ts';
import { openDatabase } from '../../kernel/index.ts';
import { checkInvariants } from './proofs/check-invariants.ts';
import { fleetHourlyTotals, fleetWindows } from './settlement-tables.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

async function deadlocks(): Promise<number> {
  const [row] = await pg.sql<
    { n: string }[]
  >`SELECT pg_stat_force_next_flush(), deadlocks AS n FROM pg_stat_database WHERE datname = current_database()`;
  return Number(row?.n ?? 0);
}

it('keeps every sum and knows no deadlock when 16 connections of two replicas hammer the same windows in any order', async () => {
  const database = openDatabase({ url: pg.url }, { max: 8 });
  const first = new Scene(pg);
  const second = new Scene(pg, first.clock, { ctx: { db: database.db, keyring: first.ctx.keyring } });
  const group = await first.group();
  const quotas = await Promise.all(
    Array.from({ length: 12 }, (_, at) => first.quota(group, 20_000, { of: 'key', subject: `key_${at}` })),
  );
  const lanes = await Promise.all(
    Array.from({ length: 16 }, async (_, lane) => {
      const node = await first.node(group);
      return { node, book: first.newBook(node), scene: lane % 2 === 0 ? first : second };
    }),
  );
  let spent = 0;
  await Promise.all(
    lanes.map(async ({ node, book, scene }) => {
      const open = quotas.map((quota, at) => ({ quota, subject: `key_${at}`, next: false, need: 0, target: 200 }));
      const { opened } = await scene.settle(node, book, { open: shuffled(open) });
      for (let round = 0; round < 25; round += 1) {
        for (const { win } of shuffled(opened).slice(0, 6)) {
          const amount = Math.min(book.free(win), Math.floor(Math.random() * 90));
          if (amount <= 0) continue;
          book.spend({ [win]: amount }, { group_id: group, key_id: `key_${win}` });
          spent += amount;
        }
        if (round % 7 === 3) for (const { win } of opened) book.returnRest(win);
        const request = book.request();
        const slices = shuffled(request.slices).map((slice) => ({
          ...slice,
          target: 300,
          need: slice.win % 3 === round % 3 ? 50 : 0,
        }));
        if (round % 5 === 4) await scene.send(node, { ...request, slices });
        book.take(await scene.send(node, { ...request, slices }));
      }
      await scene.settle(node, book);
    }),
  );
  expect(await checkInvariants(first.ctx)).toEqual([]);
  expect(await deadlocks()).toBe(0);
  expect((await pg.db.select().from(fleetHourlyTotals)).reduce((sum, row) => sum + row.costNanoUsd, 0)).toBe(spent);
  const windows = await pg.db.select().from(fleetWindows);
  expect(windows.reduce((sum, row) => sum + row.spent, 0)).toBe(spent);
  expect(windows.every((row) => row.granted - row.returned <= 20_000 && row.forced === 0)).toBe(true);
  await database.close();
});

it('leaves nothing of a settlement that breaks in its middle, and takes it whole the next time', async () => {
  const scene = new Scene(pg, new HandClock());
  const group = await scene.group();
  const quota = await scene.quota(group, 100);
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, quota);
  const { facts } = scene;
  const tell = facts.onQuotaCrossed;
  let broken = 0;
  // Windows and slices are written by now, rows are not.
  facts.onQuotaCrossed = async (_ctx, tx) => {
    broken += 1;
    if (broken % 2 === 0) throw new Error('broken');
    await tx.execute(sql`SELECT 1 / 0`);
  };
  book.spend({ [win]: 90 }, { group_id: group });
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await expect(scene.send(node, book.request())).rejects.toThrow();
    expect((await pg.db.select().from(fleetWindows)).find((row) => row.win === win)).toMatchObject({ spent: 0, toldPercent: 0 });
    expect(await checkInvariants(scene.ctx)).toEqual([]);
  }
  facts.onQuotaCrossed = tell;
  expect(await scene.settle(node, book)).toMatchObject({ status: 'ok', acked: 1 });
  expect((await pg.db.select().from(fleetHourlyTotals)).filter((row) => row.groupId === group)).toMatchObject([{ attempts: 1 }]);
  expect(scene.crossings).toHaveLength(1);
});

it('answers as the model does, whatever happens', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('spend' as const), who: fc.nat(2), amount: fc.nat(40) }),
    fc.record({ do: fc.constant('ask' as const), who: fc.nat(2), amount: fc.nat(60) }),
    fc.record({ do: fc.constant('give' as const), who: fc.nat(2), amount: fc.constant(0) }),
    fc.record({ do: fc.constant('limit' as const), who: fc.constant(0), amount: fc.nat(150) }),
    fc.record({ do: fc.constant('again' as const), who: fc.nat(2), amount: fc.constant(0) }),
    fc.record({ do: fc.constant('lose' as const), who: fc.nat(2), amount: fc.nat(60) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const scene = new Scene(pg, new HandClock());
      const group = await scene.group();
      const quota = await scene.quota(group, 100);
      const actors = await Promise.all(
        [0, 1, 2].map(async () => {
          const node = await scene.node(group);
          const book = scene.newBook(node);
          return { node, book, win: await scene.open(node, book, quota) };
        }),
      );
      let peak = 100;
      for (const { do: what, who, amount } of steps) {
        const actor = actors[who];
        if (!actor) continue;
        const { node, book, win } = actor;
        if (what === 'spend') book.spend({ [win]: Math.min(amount, Math.max(0, book.free(win))) }, { group_id: group });
        if (what === 'ask') await scene.ask(node, book, win, { need: amount, target: amount });
        if (what === 'give') book.returnRest(win);
        if (what === 'limit') {
          await scene.setLimit(quota, amount);
          peak = Math.max(peak, amount);
        }
        if (what === 'again') {
          const request = book.request();
          await scene.send(node, request);
          book.take(await scene.send(node, request));
        }
        if (what === 'lose')
          await scene
            .send(node, { ...book.request(), slices: [book.report(win, book.acked, { need: amount })] })
            .catch(() => undefined);
        for (const other of actors) expect(other.book.slice(win).granted).toBeGreaterThanOrEqual(other.book.slice(win).returned);
        const spent = actors.reduce((sum, one) => sum + one.book.slice(one.win).spent, 0);
        expect(spent).toBeLessThanOrEqual(peak);
      }
      for (const { node, book } of actors) await scene.settle(node, book);
      const kept = (await pg.db.select().from(fleetWindows)).find((row) => row.quotaId === quota);
      expect(kept?.spent).toBe(actors.reduce((sum, { book, win }) => sum + book.slice(win).spent, 0));
      expect(kept?.forced).toBe(0);
      expect((await checkInvariants(scene.ctx)).filter((one) => one.win === kept?.win)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
