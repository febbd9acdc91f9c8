import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/pg.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { readBehind } from './read-behind.ts';

const pg = await freshDatabase();
const scene = new Scene(pg);
afterAll(() => pg.close());

async function stage(rows: number) {
  const group = await scene.group();
  const node = await scene.node(group);
  const book = scene.newBook(node);
  for (let row = 0; row < rows; row += 1) book.spend({}, { group_id: group });
  const behind = async () => await readBehind(pg.db, [node.id], scene.clock.now());
  return { node, book, behind };
}

it('says of a node how many rows it spoke of that are not settled, until they are', async () => {
  const { node, book, behind } = await stage(3);
  expect(await behind()).toEqual([{ nodeId: node.id, settledUntil: null, rowsKnown: 0 }]);
  book.take(await scene.send(node, book.request({}, 1)));
  expect(await behind()).toMatchObject([{ rowsKnown: 2 }]);
  await scene.settle(node, book);
  expect(await behind()).toEqual([]);
  scene.clock.forward(1);
  expect(await behind()).toMatchObject([{ rowsKnown: 0 }]);
});

it('waits for no more of books that said goodbye, once all of their rows are settled', async () => {
  const { node, book, behind } = await stage(3);
  book.take(await scene.send(node, book.request({ last: true }, 1)));
  scene.clock.forward(60_000);
  expect(await behind()).toMatchObject([{ rowsKnown: 2 }]);
  await scene.settle(node, book, { last: true });
  scene.clock.forward(60_000);
  expect(await behind()).toEqual([]);
});
