import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/pg.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { fleetBatches } from '../settlement-tables.ts';
import { checkInvariants } from './check-invariants.ts';
import { foldBatches } from './fold-batches.ts';

const pg = await freshDatabase();
const scene = new Scene(pg);
afterAll(() => pg.close());

it('keeps hours, books and missing rows apart', async () => {
  const group = await scene.group();
  const node = await scene.node(group);
  const [one, two] = [scene.newBook(node), scene.newBook(node)];
  const row = () => ({ group_id: group, cost_nano_usd: 1 });
  for (let hour = 0; hour < 3; hour += 1) {
    for (const book of [one, two]) {
      for (let batch = 0; batch < 3; batch += 1) {
        book.spend({}, row());
        await scene.settle(node, book);
      }
    }
    scene.clock.forward(3_600_000);
  }
  for (let lost = 0; lost < 3; lost += 1) one.spend({}, row());
  one.base = { seq: 11, chain: one.rows[10]?.chain ?? '' };
  one.acked = 11;
  await scene.settle(node, one);
  scene.clock.forward(3 * 86_400_000);
  expect(await foldBatches(scene.ctx)).toBe(12);
  const ranges = async (book: string) =>
    (await pg.db.select().from(fleetBatches))
      .filter((batch) => batch.book === book)
      .sort((a, b) => a.toSeq - b.toSeq)
      .map(({ fromSeq, toSeq, kind }) => `${fromSeq}-${toSeq} ${kind}`);
  expect(await ranges(two.id)).toEqual(['1-3 rows', '4-6 rows', '7-9 rows']);
  expect(await ranges(one.id)).toEqual(['1-3 rows', '4-6 rows', '7-9 rows', '10-11 missing', '12-12 rows']);
  expect(await foldBatches(scene.ctx)).toBe(0);
  expect(await checkInvariants(scene.ctx)).toEqual([]);
});
