import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetWindows } from '../settlement-tables.ts';
import { forgetBooks, previewForgetting } from './forget-books.ts';

let pg: TestPg;
let scene: Scene;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterEach(async () => expect(await checkInvariants(scene.ctx)).toEqual([]));
afterAll(() => pg.close());

async function stage() {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const tokens = await scene.quota(group, 500, { unit: 'tokens', window: 'day' });
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, quota);
  const tokenWin = await scene.open(node, book, tokens);
  await scene.ask(node, book, win, { need: 400 });
  await scene.ask(node, book, tokenWin, { need: 50 });
  book.spend({ [win]: 100, [tokenWin]: 20 }, { group_id: group });
  await scene.settle(node, book);
  return { group, node, book, win };
}

it('says up to when a node is settled and how much it may have used since, at the most', async () => {
  const { node, book } = await stage();
  const settledAt = scene.clock.now();
  scene.clock.forward(5000);
  const loss = await previewForgetting(scene.ctx, node.id);
  expect(loss).toMatchObject({ settledAt, tokensAtMost: 30, nanoUsdAtMost: 300 });
  expect(loss.books).toMatchObject([{ book: book.id, state: 'open', settledTo: 1, tokensAtMost: 30 }]);
  scene.clock.forward(8 * 86_400_000);
  expect((await previewForgetting(scene.ctx, node.id)).books).toMatchObject([{ state: 'presumed' }]);
});

it('gives the rest to others once it is sure, or said to be, that the node is gone', async () => {
  const { node, win } = await stage();
  await expect(forgetBooks(scene.ctx, node.id)).rejects.toMatchObject({ code: 'node_may_be_at_work' });
  await forgetBooks(scene.ctx, node.id, { evenNow: true });
  expect((await pg.db.select().from(fleetWindows)).find((row) => row.win === win)).toMatchObject({ granted: 400, returned: 300 });
  const note = (await pg.db.select().from(kernelAudit)).find((row) => row.targetId === node.id);
  expect(note).toMatchObject({ action: 'fleet.book.forget', after: { tokens_at_most: 30, nano_usd_at_most: 300 } });
  expect(await previewForgetting(scene.ctx, node.id)).toMatchObject({ tokensAtMost: 0, nanoUsdAtMost: 0 });
});

it('books what comes late as late, with the overrun in the open', async () => {
  const { group, node, book, win } = await stage();
  await forgetBooks(scene.ctx, node.id, { evenNow: true });
  book.spend({ [win]: 130 }, { group_id: group });
  expect(await scene.settle(node, book)).toMatchObject({ status: 'ok', acked: 2 });
  expect((await pg.db.select().from(fleetWindows)).find((row) => row.win === win)).toMatchObject({ spent: 230, forced: 130 });
});
