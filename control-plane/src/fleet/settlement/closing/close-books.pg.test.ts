import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetBatches, fleetBooks, fleetSlices, fleetWindows } from '../settlement-tables.ts';
import { closeBooks } from './close-books.ts';

let pg: TestPg;
let scene: Scene;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterEach(async () => expect(await checkInvariants(scene.ctx)).toEqual([]));
afterAll(() => pg.close());

const minuteMs = 60_000;
const holdMs = 7 * 86_400_000;

async function stage(over: Parameters<Scene['quota']>[2] = {}) {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000, over);
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, quota);
  await scene.ask(node, book, win, { need: 400 });
  book.spend({ [win]: 100 }, { group_id: group });
  await scene.settle(node, book);
  const slice = async () => (await pg.db.select().from(fleetSlices)).find((row) => row.win === win && row.book === book.id);
  const window = async () => (await pg.db.select().from(fleetWindows)).find((row) => row.win === win);
  const row = async () => (await pg.db.select().from(fleetBooks)).find(({ id }) => id === book.id);
  return { group, quota, node, book, win, slice, window, row };
}

describe('books that were not heard of', () => {
  it('keep their rights until nobody can use them any more, and then give them up', async () => {
    const { slice, window, row } = await stage();
    scene.clock.forward(holdMs + 65 * minuteMs - 1000);
    expect(await closeBooks(scene.ctx)).toBe(0);
    expect(await slice()).toMatchObject({ closed: false });
    scene.clock.forward(0.01 * holdMs + 3 * minuteMs);
    expect(await closeBooks(scene.ctx)).toBe(1);
    expect(await slice()).toMatchObject({ closed: true, granted: 400, returned: 300, spent: 100 });
    expect(await window()).toMatchObject({ granted: 400, returned: 300, spent: 100, forced: 0 });
    expect(await row()).toMatchObject({ state: 'closed' });
    expect(await closeBooks(scene.ctx)).toBe(0);
  });

  it('leave a note of what was taken back', async () => {
    const { book } = await stage({ unit: 'tokens' });
    scene.clock.forward(2 * holdMs);
    await closeBooks(scene.ctx);
    const note = (await pg.db.select().from(kernelAudit)).find((one) => one.targetId === book.id);
    expect(note).toMatchObject({ action: 'fleet.book.close', after: { tokens: 300, nanoUsd: 0 } });
  });

  it('settle late what they still have, beyond the limit if need be, and then are open again', async () => {
    const { group, node, book, win, slice, window, row } = await stage();
    const other = await scene.node(group);
    const theirs = scene.newBook(other);
    scene.clock.forward(2 * holdMs);
    await closeBooks(scene.ctx);
    theirs.slices.set(win, { win, granted: 0, returned: 0, spent: 0, held: 0 });
    expect((await scene.ask(other, theirs, win, { need: 900 })).grants).toMatchObject([{ granted: 900 }]);
    book.spend({ [win]: 250 }, { group_id: group });
    const answer = await scene.settle(node, book);
    expect(answer).toMatchObject({ status: 'ok', grants: [{ win, closed: true }] });
    expect(await slice()).toMatchObject({ spent: 350, charged: 350, closed: true });
    expect(await window()).toMatchObject({ forced: 250 });
    expect((await pg.db.select().from(fleetBatches)).filter((one) => one.book === book.id).map(({ late }) => late)).toEqual([
      false,
      true,
    ]);
    expect(await row()).toMatchObject({ state: 'open' });
    book.returnRest(win);
    expect((await scene.settle(node, book)).grants).toMatchObject([{ closed: false }]);
  });
});

describe('books that are heard of', () => {
  it('are not locked for windows that may not be closed yet, nor are those windows when others may', async () => {
    const { quota, node, book, win } = await stage({ window: 'day' });
    const passDay = async () => {
      scene.clock.forward(86_400_000);
      await scene.settle(node, book, { slices: [] });
    };
    await passDay();
    await pg.sql.begin(async (tx) => {
      await tx`SELECT FROM fleet_books WHERE id = ${book.id} FOR UPDATE`;
      expect(await closeBooks(scene.ctx)).toBe(0);
    });
    for (let day = 0; day < 3; day += 1) await passDay();
    const later = await scene.open(node, book, quota);
    for (let day = 0; day < 5; day += 1) await passDay();
    await pg.sql.begin(async (tx) => {
      await tx`SELECT FROM fleet_windows WHERE win = ${later} FOR UPDATE`;
      await closeBooks(scene.ctx);
    });
    const slices = await pg.db.select().from(fleetSlices).where(eq(fleetSlices.book, book.id)).orderBy(fleetSlices.win);
    expect(slices.map((slice) => [slice.win, slice.closed])).toEqual([
      [win, true],
      [later, false],
    ]);
  });

  it('are left alone however long their windows ended, until no right of them can be valid', async () => {
    const { node, book, slice } = await stage({ window: 'day' });
    scene.clock.forward(86_400_000);
    await scene.settle(node, book);
    expect(await closeBooks(scene.ctx)).toBe(0);
    for (let day = 0; day < 8; day += 1) {
      scene.clock.forward(86_400_000);
      await scene.settle(node, book, { slices: [] });
    }
    expect(await slice()).toMatchObject({ closed: false });
    await closeBooks(scene.ctx);
    expect(await slice()).toMatchObject({ closed: true, returned: 300 });
  });

  it('that said goodbye give up what they have at once, when every row is settled', async () => {
    const { group, node, book, win, slice } = await stage();
    book.spend({ [win]: 5 }, { group_id: group });
    await scene.send(node, { ...book.request({ last: true }), batch: null });
    expect(await closeBooks(scene.ctx)).toBe(0);
    await scene.settle(node, book, { last: true });
    expect(await closeBooks(scene.ctx)).toBe(1);
    expect(await slice()).toMatchObject({ closed: true, spent: 105 });
  });
});
