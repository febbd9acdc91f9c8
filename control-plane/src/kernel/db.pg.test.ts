import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestPg, testCtx } from '../../test/pg.ts';
import { audit } from './audit.ts';
import { assertDatabase, inTransaction, openDatabase, sqlStateOf } from './db.ts';
import { Unavailable } from './errors.ts';
import { kernelAudit } from './tables.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await pg.sql.unsafe('CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counters VALUES (1, 0), (2, 0)');
});
afterAll(() => pg.close());

test('runs again after a deadlock, so that both sides get through', async () => {
  let attempts = 0;
  const bump = (first: number, second: number) =>
    inTransaction(pg, async (tx) => {
      attempts += 1;
      await tx.execute(sql`UPDATE counters SET n = n + 1 WHERE id = ${first}`);
      await tx.execute(sql`SELECT pg_sleep(0.1)`);
      await tx.execute(sql`UPDATE counters SET n = n + 1 WHERE id = ${second}`);
    });
  await Promise.all([bump(1, 2), bump(2, 1)]);
  expect(attempts).toBe(3);
  expect(await pg.sql`SELECT n FROM counters`).toEqual([{ n: 2 }, { n: 2 }]);
});

test('joins the transaction it is called in, so that all of it is undone together', async () => {
  const ctx = testCtx(pg);
  const work = inTransaction(ctx, async (tx) => {
    await inTransaction({ ...ctx, db: tx }, (inner) =>
      audit(inner, ctx, { action: 'test.undone', target: { kind: 'thing', id: '1' } }),
    );
    throw new Error('changed my mind');
  });
  await expect(work).rejects.toThrow('changed my mind');
  expect(await pg.db.select().from(kernelAudit)).toEqual([]);
});

test('keeps who did what without its secrets', async () => {
  const ctx = testCtx(pg, { kind: 'system', name: 'upkeep' });
  await inTransaction(ctx, (tx) =>
    audit(tx, ctx, {
      action: 'test.done',
      target: { kind: 'thing', id: '2' },
      before: { name: 'a', api_key: 'acp_secret' },
      after: { name: 'b' },
    }),
  );
  expect(await pg.db.select().from(kernelAudit)).toMatchObject([
    {
      actorKind: 'system',
      actorId: 'upkeep',
      action: 'test.done',
      before: { name: 'a', api_key: '[redacted]' },
      after: { name: 'b' },
    },
  ]);
});

test('says within seconds that no database answers, and knows the state of an error', async () => {
  const away = openDatabase({ url: 'postgres://nobody:x@127.0.0.1:1/none' }, { max: 1 });
  await expect(assertDatabase(away.db)).rejects.toThrow(Unavailable);
  await away.close();
  const error = await pg.db.execute(sql`SELECT * FROM nowhere`).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(sqlStateOf(error)).toBe('42P01');
});
