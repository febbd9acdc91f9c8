import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { MachineBook } from '../../../../test/settlement/machine-book.ts';
import { ModelBook } from '../../../../test/settlement/model-book.ts';
import { HandClock, Scene } from '../../../../test/settlement/scene.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetBooks, fleetEscrow, fleetWindows } from '../settlement-tables.ts';

let pg: TestPg;
let scene: Scene;
beforeEach(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterEach(() => pg.close());

const tables = ['fleet_books', 'fleet_windows', 'fleet_slices', 'fleet_batches', 'fleet_hourly_totals', 'fleet_settled_counts'];

/** What a standby has that lost the newest commits: the tables as they were. */
async function image(): Promise<() => Promise<void>> {
  for (const table of tables)
    await pg.sql.unsafe(`DROP TABLE IF EXISTS kept_${table}; CREATE TABLE kept_${table} AS TABLE ${table}`);
  return async () => {
    for (const table of tables)
      await pg.sql.unsafe(`DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_${table}`);
    epochs += 1;
    await pg.sql.unsafe(
      `CREATE OR REPLACE FUNCTION cfg_epoch() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'epoch ${epochs}' $$`,
    );
  };
}
let epochs = 0;

async function actor(group: Awaited<ReturnType<Scene['group']>>, quota: string) {
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, quota);
  return { node, book, win };
}

/** A node hears that the epoch is another, and says again what it has, with its receipts and with rows from where the centre is. */
async function prove(node: NodeRow, book: ModelBook, wish: { need?: number } = {}) {
  expect(await scene.settle(node, book)).toMatchObject({ status: 'dup', grants: [], opened: [] });
  const request = book.request();
  const answer = await scene.send(node, { ...request, slices: request.slices.map((slice) => ({ ...slice, ...wish })) });
  book.take(answer);
  return answer;
}

it('learns lost grants, spending and windows again from the nodes before it grants anything', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const one = await actor(group, quota);
  const two = await actor(group, quota);
  await scene.ask(one.node, one.book, one.win, { need: 100 });
  const restore = await image();
  const later = await scene.quota(group, 50, { unit: 'tokens' });
  const lostWin = await scene.open(one.node, one.book, later);
  await scene.ask(one.node, one.book, lostWin, { need: 30 });
  await scene.ask(one.node, one.book, one.win, { need: 500 });
  one.book.spend({ [one.win]: 450, [lostWin]: 10 }, { group_id: group });
  await scene.settle(one.node, one.book);
  await restore();

  const early = await prove(two.node, two.book, { need: 10 });
  expect(early).toMatchObject({ learning: true, grants: [{ granted: 0 }] });
  expect(
    await scene.settle(two.node, two.book, { open: [{ quota: later, subject: '', next: false, need: 0, target: 0 }] }),
  ).toMatchObject({
    opened: [],
    refused: [],
  });

  expect(await prove(one.node, one.book)).toMatchObject({ status: 'ok', acked: 1, learning: false });
  const windows = await pg.db.select().from(fleetWindows);
  expect(windows.find(({ win }) => win === one.win)).toMatchObject({ granted: 600, spent: 450, forced: 0 });
  expect(windows.find(({ win }) => win === lostWin)).toMatchObject({ quotaId: later, granted: 30, spent: 10 });
  expect((await scene.ask(two.node, two.book, two.win, { need: 500 })).grants).toMatchObject([{ granted: 0 }]);
  expect((await scene.ask(two.node, two.book, two.win, { need: 400 })).grants).toMatchObject([{ granted: 400 }]);
  expect(await checkInvariants(scene.ctx)).toEqual([]);
});

it('takes nothing of a question of the past: who asked it is not heard yet, and what it may hold stays reserved', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 100);
  const one = await actor(group, quota);
  const two = await actor(group, quota);
  await scene.ask(one.node, one.book, one.win, { need: 50 });
  const restore = await image();
  await scene.ask(one.node, one.book, one.win, { need: 50 });
  one.book.spend({ [one.win]: 100 }, { group_id: group });
  await restore();
  expect(await prove(two.node, two.book)).toMatchObject({ learning: true });

  expect(await scene.settle(one.node, one.book)).toMatchObject({ status: 'dup', acked: 0, learning: true, grants: [] });
  expect((await pg.db.select().from(fleetEscrow))[0]?.heardAllAt).toBeNull();
  expect((await scene.ask(two.node, two.book, two.win, { need: 50 })).grants).toMatchObject([{ granted: 0 }]);
  scene.clock.forward(31_000);
  expect(await scene.ask(two.node, two.book, two.win, { need: 50 })).toMatchObject({ learning: false, grants: [{ granted: 0 }] });

  expect(await scene.settle(one.node, one.book)).toMatchObject({ status: 'ok', acked: 1, grants: [{ granted: 100 }] });
  expect(await pg.db.select().from(fleetWindows)).toMatchObject([{ granted: 100, spent: 100, forced: 0 }]);
  expect((await pg.db.select().from(fleetEscrow))[0]?.heardAllAt).not.toBeNull();
  expect(await checkInvariants(scene.ctx)).toEqual([]);
});

it('keeps the rights of a book from the answer to its question of the past: its node counts from there, too', async () => {
  const group = await scene.group();
  const one = await actor(group, await scene.quota(group, 100));
  const restore = await image();
  await restore();
  scene.clock.forward(6 * 86_400_000);
  const { hold_s: holdS } = await scene.settle(one.node, one.book);
  const [book] = await pg.db.select().from(fleetBooks);
  expect(book?.contactAt).toEqual(scene.clock.now());
  expect(book?.rightsUntil.getTime()).toBeGreaterThan(scene.clock.nowMs + holdS * 1000);
});

it('learns from the state machine of the nodes what it lost: grants, rows and windows', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 100);
  const later = await scene.quota(group, 40, { unit: 'tokens' });
  const two = await actor(group, quota);
  const book = new MachineBook(scene, await scene.node(group));
  expect(await book.hold('first', quota, 75)).toBe(true);
  const restore = await image();
  expect(await book.hold('second', quota, 20)).toBe(true);
  expect(await book.hold('third', later, 30)).toBe(true);
  book.end('first', 70, { group_id: group });
  await book.ask();
  const before = await pg.db.select().from(fleetWindows).orderBy(fleetWindows.win);
  await restore();
  expect(await pg.db.select().from(fleetWindows)).toMatchObject([{ granted: 75, spent: 0 }]);

  expect(await book.ask()).toMatchObject({ status: 'dup', grants: [] });
  expect(await book.ask()).toMatchObject({ status: 'ok', acked: 1, learning: true });
  expect(before).toMatchObject([{ spent: 70 }, { limit: 40 }]);
  expect(before[0]?.granted).toBeGreaterThanOrEqual(95);
  expect(await pg.db.select().from(fleetWindows).orderBy(fleetWindows.win)).toEqual(before);
  book.end('second', 20, { group_id: group });
  book.end('third', 30, { group_id: group });
  await prove(two.node, two.book);
  expect(await book.ask()).toMatchObject({ status: 'ok', acked: 3, learning: false });
  expect(await pg.db.select().from(fleetWindows).orderBy(fleetWindows.win)).toMatchObject([
    { spent: 90, forced: 0 },
    { spent: 30, forced: 0 },
  ]);
  expect(await checkInvariants(scene.ctx)).toEqual([]);
});

it('gives a node whose lost window another took the place of that other one: its rows settle, its budget goes on', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 100);
  const two = { node: await scene.node(group), book: new ModelBook('two') };
  await scene.settle(two.node, two.book);
  const restore = await image();
  const book = new MachineBook(scene, await scene.node(group));
  expect(await book.hold('first', quota, 30)).toBe(true);
  await restore();
  await prove(two.node, two.book);
  const win = await scene.open(two.node, two.book, quota, { need: 20 });

  book.end('first', 25, { group_id: group });
  expect(await book.ask()).toMatchObject({ status: 'dup', grants: [] });
  expect(await book.ask()).toMatchObject({ status: 'ok', acked: 1, grants: [{ closed: true }] });
  expect(await book.hold('second', quota, 40)).toBe(true);
  expect(await pg.db.select().from(fleetWindows)).toMatchObject([{ win, spent: 0, forced: 0 }]);
  book.end('second', 40, { group_id: group });
  await book.ask();
  expect(await pg.db.select().from(fleetWindows)).toMatchObject([{ win, spent: 40, forced: 0 }]);
});

it('gives no lost window number to another window', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const one = await actor(group, quota);
  const restore = await image();
  const lost = await scene.open(one.node, one.book, await scene.quota(group, 5, { unit: 'tokens' }));
  await restore();
  scene.clock.forward(31_000);
  await prove(one.node, one.book);
  const fresh = await scene.open(one.node, one.book, await scene.quota(group, 5, { window: 'day' }));
  expect(fresh).toBeGreaterThan(lost + 1000);
});

it('grants after half a minute without those that stay silent, and keeps what they may hold', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const silent = await actor(group, quota);
  const two = await actor(group, quota);
  await scene.ask(silent.node, silent.book, silent.win, { need: 300 });
  const restore = await image();
  await restore();
  expect(await prove(two.node, two.book)).toMatchObject({ learning: true });
  scene.clock.forward(31_000);
  expect(await scene.ask(two.node, two.book, two.win, { need: 500 })).toMatchObject({
    learning: false,
    grants: [{ granted: 0 }],
  });
  expect((await scene.ask(two.node, two.book, two.win, { need: 400 })).grants).toMatchObject([{ granted: 400 }]);
  await prove(silent.node, silent.book);
  expect((await scene.ask(two.node, two.book, two.win, { need: 300 })).grants).toMatchObject([{ granted: 700 }]);
  expect((await pg.db.select().from(fleetEscrow))[0]?.epoch).toBe(`epoch ${epochs}`);
});

it('is known to every replica', async () => {
  const other = new Scene(pg, new HandClock(scene.clock.now().toISOString()), { ctx: { keyring: scene.ctx.keyring } });
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const one = await actor(group, quota);
  const two = await actor(group, quota);
  const restore = await image();
  await restore();
  await prove(one.node, one.book);
  expect(await other.settle(one.node, one.book)).toMatchObject({ learning: true });
  expect(await other.settle(two.node, two.book)).toMatchObject({ epoch: `epoch ${epochs}` });
});
