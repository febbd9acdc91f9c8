import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { inTransaction } from '../db.ts';
import { defineJob } from './jobs.ts';

const ran: string[] = [];
const record = defineJob({
  name: 'test.record',
  schema: z.object({ what: z.string() }),
  async handler(ctx, { what }) {
    ran.push(`${what} by ${ctx.actor.kind === 'system' ? ctx.actor.name : '?'}`);
    if (what === 'twice' && ran.filter((one) => one.startsWith('twice')).length === 1) throw new Error('the first time fails');
  },
});

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await pg.workOn([record]);
});
afterAll(() => pg.close());
const happens = (what: string, times = 1) =>
  vi.waitFor(() => expect(ran.filter((one) => one === `${what} by test.record`)).toHaveLength(times), { timeout: 15_000 });

test('runs a job once its transaction commits, and never when it does not', async () => {
  const ctx = testCtx(pg);
  const undone = inTransaction(ctx, async (tx) => {
    await ctx.jobs.enqueue(tx, record, { what: 'undone' });
    throw new Error('no');
  });
  await expect(undone).rejects.toThrow('no');
  await inTransaction(ctx, (tx) => ctx.jobs.enqueue(tx, record, { what: 'done' }));
  await happens('done');
  expect(ran.some((one) => one.startsWith('undone'))).toBe(false);
});

test('tries a failed job again within seconds', async () => {
  await pg.jobs.enqueue(pg.db, record, { what: 'twice' });
  await happens('twice', 2);
});

test('runs jobs beside a failing one, more than one batch of them', async () => {
  await Promise.all(Array.from({ length: 25 }, () => pg.jobs.enqueue(pg.db, record, { what: 'many' })));
  await happens('many', 25);
});

test('refuses an input that the job does not understand', async () => {
  await expect(pg.jobs.enqueue(pg.db, record, { what: 3 } as never)).rejects.toThrow();
});
