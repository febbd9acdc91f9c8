import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/pg.ts';
import { HandClock, Scene } from '../../../../test/settlement/scene.ts';
import { fleetShares } from '../settlement-tables.ts';
import { forgetShares, leaseShares } from './lease-shares.ts';

const pg = await freshDatabase();
const clock = new HandClock();
const { ctx } = new Scene(pg, clock);
afterAll(() => pg.close());

const lease = async (name: string, book: string, limit: number, demand: number) => {
  const [given] = await leaseShares(ctx, `node_${book}`, book, [{ name, limit, demand, used: 0 }]);
  return given;
};
const unexpired = async (name: string) =>
  (await pg.db.select().from(fleetShares))
    .filter((row) => row.name === name && row.expiresAt.getTime() > clock.nowMs)
    .reduce((sum, row) => sum + row.share, 0);

it('never leases more than the limit at any moment, whoever asks at the same time', async () => {
  const name = 'grp|key|a|requests';
  const books = Array.from({ length: 12 }, (_, at) => `book_${at}`);
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(books.map((book, at) => lease(name, book, 100, (at * 7 + round * 3) % 40)));
    expect(await unexpired(name)).toBeLessThanOrEqual(100);
    clock.forward(10_000);
  }
  expect(await unexpired(name)).toBeGreaterThanOrEqual(95);
});

it('gives who asks alone everything, and takes it back for a second one when the lease is renewed', async () => {
  const name = 'grp|key|b|requests';
  expect(await lease(name, 'one', 60, 30)).toMatchObject({ share: 60, lease_s: 30 });
  expect(await lease(name, 'two', 60, 30)).toMatchObject({ share: 0, safe: 30 });
  expect((await lease(name, 'one', 60, 30))?.share).toBe(30);
  expect((await lease(name, 'two', 60, 30))?.share).toBe(30);
});

it('forgets leases that ended long ago', async () => {
  const name = 'grp|key|c|tokens';
  await lease(name, 'gone', 10, 5);
  clock.forward(31_000);
  expect((await lease(name, 'new', 10, 5))?.share).toBe(10);
  clock.forward(11 * 60_000);
  await forgetShares(ctx);
  expect((await pg.db.select().from(fleetShares)).filter((row) => row.name === name)).toEqual([]);
});
