import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import type { ModelBook } from '../../../../test/settlement/model-book.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { askProofs } from '../proofs/ask-proofs.ts';
import { readRange } from '../proofs/settled-range.ts';
import { fleetBooks } from '../settlement-tables.ts';
import { readAuditedBooks, readBookRanges } from './read-audited-books.ts';
import { readProofs } from './read-proofs.ts';
import { readRowsByNode, readSums } from './read-sums.ts';

let pg: TestPg;
let scene: Scene;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterAll(() => pg.close());

async function stage(batches: number, rowsEach = 3) {
  const group = await scene.group();
  const node = await scene.node(group);
  const book = scene.newBook(node);
  for (let batch = 0; batch < batches; batch += 1) {
    for (let row = 0; row < rowsEach; row += 1)
      book.spend({}, { group_id: group, estimated: row === 0 ? 1 : 0, input: 10, cost_nano_usd: 1000 });
    await scene.settle(node, book);
  }
  return { group, node, book };
}

/** The node reads what it is asked for, well or badly, until it is asked for nothing. */
async function readAgain(node: NodeRow, book: ModelBook, over: object = {}): Promise<number> {
  let readings = 0;
  let { audit: asked } = await scene.settle(node, book);
  while (asked) {
    readings += 1;
    const proof = { ...asked, ...(await readRange(pg.db, book.id, asked)), ...over };
    asked = (await scene.settle(node, book, { proof })).audit;
  }
  return readings;
}

const auditOf = async ({ id }: ModelBook) => (await readAuditedBooks(pg.db, { book: id }))[0];

it('has every settled row read again, and knows which were', async () => {
  const { group, node, book } = await stage(4);
  expect(await auditOf(book)).toMatchObject({ rows: 12, costNanoUsd: 12_000, proved: 0, unproved: 12, lastProof: null });
  expect(await readBookRanges(pg.db, book.id)).toEqual([{ from: 1, to: 12, is: 'unproved' }]);
  expect(await askProofs(scene.ctx, 'sweep')).toBeGreaterThanOrEqual(1);
  expect(await auditOf(book)).toMatchObject({ isReading: true });
  expect(await readAgain(node, book)).toBe(1);
  expect(await auditOf(book)).toMatchObject({ proved: 12, unproved: 0, isReading: false, differing: 0, withoutDetail: 0 });
  expect(await readBookRanges(pg.db, book.id)).toEqual([]);
  expect((await readProofs(pg.db, book.id, 10)).map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(['sweep same']);
  expect(await readSums(pg.db, group)).toMatchObject({ rows: 12, tokens: 120, costNanoUsd: 12_000, estimated: 4 });
  expect(await readRowsByNode(pg.db, group)).toEqual(new Map([[node.id, 12]]));
});

it('counts a difference until the same rows are read again and agree', async () => {
  const { node, book } = await stage(1);
  await askProofs(scene.ctx, 'sweep');
  await readAgain(node, book, { chain: 'f'.repeat(64) });
  expect(await auditOf(book)).toMatchObject({ proved: 0, unproved: 0, differing: 1, lastProof: { outcome: 'differs' } });
  expect(await readBookRanges(pg.db, book.id)).toEqual([{ from: 1, to: 3, is: 'differs' }]);
  expect((await readAuditedBooks(pg.db))[0]?.id).toBe(book.id);
  await askProofs(scene.ctx, 'sweep');
  await readAgain(node, book);
  expect(await auditOf(book)).toMatchObject({ proved: 3, differing: 0 });
  await askProofs(scene.ctx, 'sweep');
  await readAgain(node, book, { chain: '0'.repeat(64) });
  expect(await auditOf(book)).toMatchObject({ proved: 0, differing: 1 });
});

it('tells rows that nobody has any more from rows that were never read', async () => {
  const { group, node, book } = await stage(1);
  await askProofs(scene.ctx, 'sweep');
  const { audit: asked } = await scene.settle(node, book);
  if (!asked) throw new Error('nothing was asked');
  const { sums } = await readRange(pg.db, book.id, asked);
  await scene.settle(node, book, { proof: { ...asked, rows: 0, chain: '', sums: { ...sums, requests: 0 } } });
  for (let row = 0; row < 2; row += 1) book.spend({}, { group_id: group });
  await scene.settle(node, book);
  expect(await auditOf(book)).toMatchObject({ proved: 0, unproved: 2, withoutDetail: 1 });
  expect((await readBookRanges(pg.db, book.id)).map(({ is }) => is)).toEqual(['no_detail', 'unproved']);
});

it('says that the rows of a book that was set aside can be read no more, but for those that were', async () => {
  const { group, node, book } = await stage(1);
  await askProofs(scene.ctx, 'sweep');
  await readAgain(node, book);
  const image = book.clone();
  book.spend({}, { group_id: group });
  await scene.settle(node, book);
  const renewed = await scene.nextSession(node);
  image.sessionNo = renewed.sessionNo;
  expect(await scene.send(renewed, image.request())).toMatchObject({ status: 'fork' });
  expect(await auditOf(book)).toMatchObject({ state: 'condemned', proved: 3, unproved: 0, withoutDetail: 1 });
  await askProofs(scene.ctx, 'sweep');
  expect((await pg.db.select().from(fleetBooks)).find(({ id }) => id === book.id)?.askFrom).toBeNull();
});

it('takes a difference as settled where later readings of other ranges have all of its rows', async () => {
  const { node, book } = await stage(4);
  await askProofs(scene.ctx, 'sweep');
  await readAgain(node, book, { chain: 'f'.repeat(64) });
  expect(await auditOf(book)).toMatchObject({ proved: 0, differing: 1 });
  for (const [from, to] of [
    [1, 6],
    [7, 9],
  ] as const) {
    await pg.db
      .update(fleetBooks)
      .set({ askFrom: from, askTo: to, askedAt: scene.clock.now() })
      .where(eq(fleetBooks.id, book.id));
    const range = { from, to };
    await scene.settle(node, book, { proof: { ...range, ...(await readRange(pg.db, book.id, range)) } });
  }
  expect(await readBookRanges(pg.db, book.id)).toEqual([{ from: 10, to: 12, is: 'differs' }]);
  expect(await auditOf(book)).toMatchObject({ proved: 9, differing: 1 });
});
