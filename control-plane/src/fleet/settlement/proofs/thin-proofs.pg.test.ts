import { asc } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type TestPg, testCtx } from '../../../../test/pg.ts';
import { fleetProofs } from '../settlement-tables.ts';
import { thinProofs } from './thin-proofs.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

const now = new Date('2026-11-21T03:00:00Z');
const sums = { requests: 0, input: 0, cache_read: 0, cache_write: 0, output: 0, cost_nano_usd: 0, estimated: 0, lost: 0 };

function proof(
  book: string,
  [fromSeq, toSeq]: readonly [number, number],
  daysAgo: number,
  outcome: 'same' | 'differs' | 'no_detail',
) {
  const at = new Date(now.getTime() - daysAgo * 86_400_000);
  const found = { rowsSettled: 0, rowsFound: 0, settled: sums, found: sums, chainSettled: '', chainFound: '' };
  return { book, nodeId: 'nod_a', fromSeq, toSeq, kind: 'sweep' as const, askedAt: at, answeredAt: at, outcome, ...found };
}

it('keeps the newest reading of every row, and every reading that differed', async () => {
  await pg.db
    .insert(fleetProofs)
    .values([
      proof('a', [1, 100], 9, 'same'),
      proof('a', [50, 150], 8, 'same'),
      proof('a', [90, 250], 8, 'same'),
      proof('a', [10, 20], 8, 'differs'),
      proof('a', [30, 40], 8, 'no_detail'),
      proof('b', [1, 100], 8, 'same'),
      proof('c', [1, 100], 8, 'no_detail'),
      proof('a', [1, 120], 6, 'same'),
      proof('a', [121, 200], 0, 'same'),
      proof('c', [1, 150], 1, 'no_detail'),
    ]);
  const ctx = { ...testCtx(pg), clock: { now: () => now } };
  expect(await thinProofs(ctx)).toBe(3);
  const left = await pg.db.select().from(fleetProofs).orderBy(asc(fleetProofs.id));
  expect(left.map(({ book, fromSeq, toSeq, outcome }) => `${book} ${fromSeq}-${toSeq} ${outcome}`)).toEqual([
    'a 90-250 same',
    'a 10-20 differs',
    'a 30-40 no_detail',
    'b 1-100 same',
    'a 1-120 same',
    'a 121-200 same',
    'c 1-150 no_detail',
  ]);
  expect(await thinProofs(ctx)).toBe(0);
});
