import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import type { ModelBook } from '../../../test/settlement/model-book.ts';
import { Scene } from '../../../test/settlement/scene.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { checkInvariants } from './proofs/check-invariants.ts';
import { fleetBatches, fleetBooks, fleetHourlyTotals, fleetSlices, fleetWindows } from './settlement-tables.ts';

let pg: TestPg;
let scene: Scene;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterEach(async () => expect(await checkInvariants(scene.ctx)).toEqual([]));
afterAll(() => pg.close());

async function stage(limit = 1000) {
  const group = await scene.group();
  const quota = await scene.quota(group, limit);
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, quota);
  const spend = (amount: number) => book.spend({ [win]: amount }, { group_id: group });
  return { group, quota, node, book, win, spend };
}

const slicesOf = async (book: ModelBook) => (await pg.db.select().from(fleetSlices)).filter((row) => row.book === book.id);
const bookOf = async ({ id }: ModelBook) => (await pg.db.select().from(fleetBooks)).find((row) => row.id === id);
const totalOf = async (group: string) =>
  (await pg.db.select().from(fleetHourlyTotals))
    .filter((row) => row.groupId === group)
    .reduce((sum, row) => sum + row.costNanoUsd, 0);

it('tells a node how many nodes serve each of its groups, so that it knows its part of what they share', async () => {
  const group = await scene.group();
  const node = await scene.node(group);
  scene.clock.forward(11_000);
  const alone = await scene.settle(node, scene.newBook(node));
  await scene.node(group);
  scene.clock.forward(11_000);
  const both = await scene.settle(node, scene.newBook(node));
  const nodesOf = ({ shared_by = [] }: typeof both) => shared_by.find((one) => one.group === group)?.nodes ?? 1;
  expect(nodesOf(both)).toBe(nodesOf(alone) + 1);
});

it('leases no part of a limit of a group that the node does not serve: it has its safe part of it, and nobody else has less', async () => {
  const mine = await stage();
  const theirs = await stage();
  const names = [mine.group, theirs.group, ''].map((group) => `${group}|group|${group}|concurrency`);
  const shares = names.map((name) => ({ name, limit: 10, demand: 10, used: 0 }));
  expect((await scene.settle(mine.node, mine.book, { shares })).shares).toMatchObject([{ name: names[0], share: 10 }]);
  expect((await scene.settle(theirs.node, theirs.book, { shares })).shares).toMatchObject([{ name: names[1], share: 10 }]);
});

describe('a batch', () => {
  it('becomes totals, a range and spending in one step', async () => {
    const { group, node, book, win, spend } = await stage();
    await scene.ask(node, book, win, { need: 300 });
    spend(120);
    spend(30);
    const answer = await scene.settle(node, book);
    expect(answer).toMatchObject({
      status: 'ok',
      acked: 2,
      grants: [{ win, granted: 300, limit: 1000, left: 700, closed: false }],
    });
    expect(await slicesOf(book)).toMatchObject([{ granted: 300, spent: 150, charged: 150 }]);
    expect(await totalOf(group)).toBe(150);
    const batches = (await pg.db.select().from(fleetBatches)).filter((row) => row.book === book.id);
    expect(batches).toMatchObject([{ fromSeq: 1, toSeq: 2, attempts: 2, costNanoUsd: 150, kind: 'rows', late: false }]);
    expect((await pg.db.select().from(fleetHourlyTotals)).find((row) => row.groupId === group)?.durationPairs).toEqual([5, 2]);
  });

  it('that comes again changes nothing', async () => {
    const { group, node, book, spend } = await stage();
    spend(50);
    const request = book.request();
    expect(await scene.send(node, request)).toMatchObject({ status: 'ok', acked: 1 });
    expect(await scene.send(node, request)).toMatchObject({ status: 'dup', acked: 1 });
    expect(await totalOf(group)).toBe(50);
    book.take(await scene.send(node, request));
    spend(25);
    await scene.settle(node, book);
    expect(await scene.send(node, request)).toMatchObject({ status: 'dup', acked: 2 });
    expect(await totalOf(group)).toBe(75);
  });

  it('with a gap before it is not taken, and the sender is told where to go on', async () => {
    const { group, node, book, spend } = await stage();
    for (const amount of [1, 2, 3]) spend(amount);
    book.acked = 1;
    expect(await scene.send(node, book.request())).toMatchObject({ status: 'gap', acked: 0 });
    expect(await totalOf(group)).toBe(0);
    expect(await slicesOf(book)).toMatchObject([{ spent: 0, charged: 0 }]);
  });

  it('of another history condemns the book, for good and with a note', async () => {
    const { group, node, book, spend } = await stage();
    spend(5);
    const other = book.clone();
    other.rows.splice(0);
    other.spend({}, { group_id: group });
    await scene.settle(node, book);
    expect(await scene.send(node, other.request())).toMatchObject({ status: 'fork', grants: [] });
    spend(6);
    expect(await scene.send(node, book.request())).toMatchObject({ status: 'fork' });
    expect(await totalOf(group)).toBe(5);
    expect(await bookOf(book)).toMatchObject({ state: 'condemned', ackedSeq: 1 });
    const notes = (await pg.db.select().from(kernelAudit)).filter((row) => row.targetId === book.id);
    expect(notes.map(({ action }) => action)).toEqual(['fleet.book.forked']);
  });

  it('of rows whose like the node no longer has is settled, with the missing ones noted', async () => {
    const { node, book, win, spend } = await stage();
    for (const amount of [10, 20, 40]) spend(amount);
    book.base = { seq: 2, chain: book.rows[1]?.chain ?? '' };
    book.acked = 2;
    expect(await scene.settle(node, book)).toMatchObject({ status: 'ok', acked: 3 });
    expect(await slicesOf(book)).toMatchObject([{ win, spent: 70, charged: 70 }]);
    expect(await bookOf(book)).toMatchObject({ missingTo: 2, differsAt: null });
  });

  it('of a group that the node serves counts before its first config question, too', async () => {
    const { group, node, book, win, spend } = await stage();
    const unheard = await scene.node(group);
    await pg.sql`DELETE FROM fleet_node_scopes WHERE node_id = ${unheard.id}`;
    const begun = scene.newBook(unheard);
    begun.spend({ [win]: 40 }, { group_id: group });
    begun.slices.set(win, { win, granted: 0, returned: 0, spent: 40, held: 0 });
    expect(await scene.settle(unheard, begun)).toMatchObject({ status: 'ok', acked: 1, grants: [{ win, closed: false }] });
    expect(await totalOf(group)).toBe(40);
    expect((await bookOf(begun))?.differsAt).toBeNull();
    spend(5);
    await scene.settle(node, book);
    expect(await totalOf(group)).toBe(45);
  });

  it('of a group that the node never served counts for nothing and is noted', async () => {
    const { node, book } = await stage();
    const foreign = await scene.group();
    const before = (await checkInvariants(scene.ctx)).length;
    expect(before).toBe(0);
    book.spend({}, { group_id: foreign, attempts: 1, cost_nano_usd: 0, requests: 0 });
    await scene.settle(node, book);
    expect(await totalOf(foreign)).toBe(0);
    expect((await bookOf(book))?.differsAt).not.toBeNull();
    // The rows are in the range and in no hour: that stays visible until somebody looked.
    const seen = await checkInvariants(scene.ctx);
    expect(seen.map(({ invariant }) => invariant)).toEqual(['totals_are_batches']);
    await pg.db.delete(fleetBatches);
    await pg.db.delete(fleetHourlyTotals);
    await pg.sql`UPDATE fleet_books SET acked_seq = 0, chain = ''`;
    await pg.sql`DELETE FROM fleet_settled_counts`;
    await pg.sql`DELETE FROM fleet_slices`;
    await pg.sql`DELETE FROM fleet_windows`;
  });
});

describe('a session', () => {
  it('that is not the newest is refused before anything is read', async () => {
    const { group, node, book, spend } = await stage();
    spend(5);
    const renewed = await scene.nextSession(node);
    await expect(scene.send(renewed, book.request())).rejects.toMatchObject({ status: 409, code: 'session_fenced' });
    await expect(scene.send(node, book.request())).rejects.toMatchObject({ status: 409, code: 'session_fenced' });
    expect(await totalOf(group)).toBe(0);
  });

  it('of a file that was put back to an earlier time is told so at its first call', async () => {
    const { node, book, spend } = await stage();
    spend(5);
    await scene.settle(node, book);
    const image = book.clone();
    spend(7);
    await scene.settle(node, book);
    const renewed = await scene.nextSession(node);
    image.sessionNo = renewed.sessionNo;
    expect(await scene.send(renewed, image.request())).toMatchObject({ status: 'fork' });
  });

  it('of a book that belongs to another node is refused', async () => {
    const { group, book } = await stage();
    const other = await scene.node(group);
    await expect(scene.send(other, book.request())).rejects.toMatchObject({ status: 409, code: 'books_of_another_node' });
  });
});

describe('rights', () => {
  it('are granted within the limit and never twice for one need', async () => {
    const { group, quota, node, book, win } = await stage(100);
    const request = book.request();
    const asking = { ...request, slices: request.slices.map((slice) => ({ ...slice, need: 60 })) };
    expect((await scene.send(node, asking)).grants).toMatchObject([{ granted: 60 }]);
    book.take(await scene.send(node, asking));
    expect(book.slice(win).granted).toBe(60);
    const other = await scene.node(group);
    const theirs = scene.newBook(other);
    await scene.open(other, theirs, quota);
    const answer = await scene.ask(other, theirs, win, { need: 60 });
    expect(answer).toMatchObject({ recalling: true, grants: [{ granted: 0, left: 40 }] });
  });

  it('that others hold and do not use are told to who asks for more than there is', async () => {
    const { group, quota, node, book, win } = await stage(100);
    await scene.ask(node, book, win, { need: 80 });
    const request = book.request();
    await scene.send(node, { ...request, slices: request.slices.map((slice) => ({ ...slice, held: 30 })) });
    const other = await scene.node(group);
    const theirs = scene.newBook(other);
    await scene.open(other, theirs, quota);
    const answer = await scene.ask(other, theirs, win, { need: 101 });
    expect(answer).toMatchObject({ recalling: false, grants: [{ granted: 0, left: 20, recallable: 50 }] });
  });

  it('that requests hold stay held where a later call brings rows alone', async () => {
    const { node, book, win, spend } = await stage(100);
    await scene.ask(node, book, win, { need: 80 });
    const request = book.request();
    await scene.send(node, { ...request, slices: request.slices.map((slice) => ({ ...slice, held: 30 })) });
    spend(10);
    const rowsAlone = { ...book.request(), slices: [] };
    expect(rowsAlone.batch?.charged).toEqual([[win, 10]]);
    await scene.send(node, rowsAlone);
    const [slice] = await pg.db.select().from(fleetSlices).where(eq(fleetSlices.win, win));
    expect(slice).toMatchObject({ spent: 10, held: 30 });
  });

  it('that others give back go to who waits', async () => {
    const { group, quota, node, book, win } = await stage(100);
    await scene.ask(node, book, win, { need: 80 });
    const other = await scene.node(group);
    const theirs = scene.newBook(other);
    await scene.open(other, theirs, quota);
    await scene.ask(other, theirs, win, { need: 50 });
    expect((await scene.settle(node, book)).grants).toMatchObject([{ recall: true }]);
    book.returnRest(win);
    await scene.settle(node, book);
    expect((await scene.ask(other, theirs, win, { need: 50 })).grants).toMatchObject([{ granted: 50 }]);
  });

  it('are asked back when the limit is lowered, and none are added', async () => {
    const { quota, node, book, win } = await stage(1000);
    await scene.ask(node, book, win, { need: 600 });
    await scene.setLimit(quota, 200);
    const answer = await scene.ask(node, book, win, { need: 1000 });
    expect(answer.grants).toMatchObject([{ granted: 600, limit: 200, left: 0, recall: true }]);
    expect((await pg.db.select().from(fleetWindows)).find((row) => row.win === win)).toMatchObject({
      limit: 200,
      limitPeak: 600,
    });
  });

  it('of windows of a group that the node does not serve are none', async () => {
    const { win } = await stage();
    const elsewhere = await stage();
    elsewhere.book.slices.set(win, { win, granted: 0, returned: 0, spent: 0, held: 0 });
    const answer = await scene.ask(elsewhere.node, elsewhere.book, win, { need: 10 });
    expect(answer.grants.find((grant) => grant.win === win)).toMatchObject({ granted: 0, closed: true });
  });

  it('are refused for quotas and subjects that the node has nothing to do with', async () => {
    const { node, book } = await stage();
    const group = await scene.group();
    const foreign = await scene.quota(group, 10);
    const mine = await stage();
    const member = await scene.quota(mine.group, 10, { of: 'member' });
    const wish = { next: false, need: 0, target: 0 };
    const { refused } = await scene.settle(node, book, {
      open: [{ quota: 'quo_none', subject: '', ...wish }],
    });
    expect(refused).toEqual([{ quota: 'quo_none', subject: '', reason: 'quota_unknown' }]);
    const node2 = await scene.node(mine.group);
    await pg.sql`UPDATE fleet_nodes SET only_groups = ${[mine.group]} WHERE id = ${node2.id}`;
    const bound = { ...node2, onlyGroups: [mine.group] };
    const answer = await scene.settle(bound, scene.newBook(bound), {
      open: [
        { quota: foreign, subject: '', ...wish },
        { quota: member, subject: '', ...wish },
        { quota: member, subject: 'usr_unknown', ...wish },
        { quota: member, subject: 'usr_known', ...wish },
        { quota: mine.quota, subject: 'usr_known', ...wish },
        { quota: mine.quota, subject: '', ...wish, next: true },
      ],
    });
    expect(answer.refused.map(({ reason }) => reason)).toEqual([
      'not_served',
      'subject_unknown',
      'subject_unknown',
      'no_next',
      'subject_unknown',
    ]);
    expect(answer.opened.map(({ subject }) => subject)).toEqual(['usr_known']);
  });
});

describe('thresholds', () => {
  it('are told once when the settled use reaches them, and again after a higher limit', async () => {
    scene.crossings.length = 0;
    const { quota, node, book, win, spend } = await stage(100);
    const told = () => scene.crossings.map(({ percent, used, limit }) => [percent, used, limit]);
    spend(79);
    await scene.settle(node, book);
    expect(told()).toEqual([]);
    spend(1);
    await scene.settle(node, book);
    spend(5);
    await scene.settle(node, book);
    expect(told()).toEqual([[80, 80, 100]]);
    spend(20);
    await scene.settle(node, book);
    expect(told()).toEqual([
      [80, 80, 100],
      [100, 105, 100],
    ]);
    await scene.setLimit(quota, 1000);
    await scene.settle(node, book);
    expect((await pg.db.select().from(fleetWindows)).find((row) => row.win === win)?.toldPercent).toBe(0);
    spend(700);
    await scene.settle(node, book);
    expect(told().at(-1)).toEqual([80, 805, 1000]);
  });

  it('are reached where a rest is left that no request fits into, once, and until the limit is another', async () => {
    scene.crossings.length = 0;
    const { quota, node, book, win, spend } = await stage(1000);
    const told = () => scene.crossings.map(({ percent, used }) => [percent, used]);
    spend(940);
    await scene.settle(node, book);
    await scene.ask(node, book, win, { need: 90 });
    expect(told()).toEqual([[80, 940]]);
    spend(20);
    await scene.settle(node, book);
    await scene.ask(node, book, win, { need: 90 });
    await scene.settle(node, book);
    await scene.ask(node, book, win, { need: 90 });
    expect(told()).toEqual([
      [80, 940],
      [100, 960],
    ]);
    await scene.setLimit(quota, 1010);
    await scene.settle(node, book);
    expect(told().at(-1)).toEqual([80, 960]);
  });
});

describe('the check of sums', () => {
  it('raises an alarm when the node says another sum than its rows', async () => {
    const { node, book, win, spend } = await stage();
    spend(10);
    const request = book.request();
    const lying = { ...request, slices: request.slices.map((slice) => ({ ...slice, spent: 13 })) };
    await scene.send(node, lying);
    expect((await bookOf(book))?.differsAt).not.toBeNull();
    expect((await checkInvariants(scene.ctx)).map(({ invariant }) => invariant)).toEqual(['spent_is_charged']);
    await pg.sql`UPDATE fleet_slices SET charged = spent WHERE win = ${win}`;
  });
});
