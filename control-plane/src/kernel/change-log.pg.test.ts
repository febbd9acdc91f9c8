import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Sql, TransactionSql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type TestPg } from '../../test/pg.ts';
import { changesSince, currentHead, type Head, listenForChanges, logStartsAfter, pruneChangeLog } from './change-log.ts';
import { inTransaction, openDatabase } from './db.ts';
import { newLogger } from './log/log.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await pg.sql.unsafe(`CREATE TABLE seen_by_serial (n bigserial PRIMARY KEY, tag text NOT NULL)`);
});
afterAll(() => pg.close());

const writers = 32;
const runMs = 1500;
const enough = 600;
const longestMs = 20_000;

/** Notes one change by the trigger's function and, for comparison, a row with a bigserial; then dawdles. */
async function write(tx: TransactionSql, tag: string): Promise<void> {
  await tx`SELECT cfg_note('busy', 'thing', ${tag}, 'u')`;
  await tx`INSERT INTO seen_by_serial (tag) VALUES (${tag})`;
  await tx`SELECT pg_sleep(${Math.random() * 0.004})`;
}

async function writeForAWhile(pool: Sql, writer: number, committed: Set<string>): Promise<void> {
  const until = performance.now() + runMs;
  // On a busy machine it takes longer until readers can be overtaken.
  const isEnough = () => performance.now() > until + (committed.size > enough ? 0 : longestMs);
  for (let turn = 0; !isEnough(); turn += 1) {
    const tag = `${writer}.${turn}`;
    const fate = Math.random();
    await pool
      .begin(async (tx) => {
        await write(tx, tag);
        if (fate < 0.15) throw new Error('rolled back');
        if (fate < 0.3)
          await tx
            .savepoint((inner) => write(inner, `${tag}.gone`).then(() => Promise.reject(new Error('undone'))))
            .catch(() => undefined);
        if (fate > 0.85) await tx.savepoint((inner) => write(inner, `${tag}.kept`));
      })
      .then(
        () => {
          committed.add(tag);
          if (fate > 0.85) committed.add(`${tag}.kept`);
        },
        () => undefined,
      );
  }
}

test('shows every committed change once, in contiguous versions, where a bigserial reader loses some', async () => {
  const pool = openDatabase({ url: pg.url }, { max: writers });
  const committed = new Set<string>();
  const read = { byVersion: new Map<string, number>(), bySerial: new Set<string>() };
  let [version, serial, isDone] = [(await currentHead(pg.db)).head, 0, false];
  const versions = new Set<number>();

  const look = async (): Promise<void> => {
    const { head } = await currentHead(pg.db);
    for (const change of await changesSince(pg.db, ['busy'], version, head)) {
      expect(change.version).toBeGreaterThan(version);
      expect(read.byVersion.has(change.id)).toBe(false);
      read.byVersion.set(change.id, change.version);
      versions.add(change.version);
    }
    version = head;
    for (const row of await pg.sql<
      { n: string; tag: string }[]
    >`SELECT n, tag FROM seen_by_serial WHERE n > ${serial} ORDER BY n`) {
      serial = Number(row.n);
      read.bySerial.add(row.tag);
    }
  };
  const reading = (async () => {
    while (!isDone) {
      await look();
      await delay(2);
    }
    await look();
  })();
  await Promise.all(Array.from({ length: writers }, (_, writer) => writeForAWhile(pool.sql, writer, committed)));
  isDone = true;
  await reading;
  await pool.close();

  expect(committed.size).toBeGreaterThan(200);
  expect(new Set(read.byVersion.keys())).toEqual(committed);
  expect([...versions].sort((a, b) => a - b)).toEqual(
    Array.from({ length: versions.size }, (_, index) => version - versions.size + 1 + index),
  );
  const lost = [...committed].filter((tag) => !read.bySerial.has(tag));
  expect(lost.length).toBeGreaterThan(0);
});

test('gives one transaction one version, however much it changes', async () => {
  const before = (await currentHead(pg.db)).head;
  await inTransaction(pg, async (tx) => {
    for (const id of ['a', 'b', 'c']) await tx.execute(sql`SELECT cfg_note('one', 'thing', ${id}, 'u')`);
    await tx.execute(sql`SELECT cfg_note('one', 'thing', 'a', 'd')`);
  });
  const { head } = await currentHead(pg.db);
  expect(head).toBe(before + 1);
  const changes = await changesSince(pg.db, ['one'], before, head);
  expect(changes.map(({ id, op }) => id + op).sort()).toEqual(['ad', 'bu', 'cu']);
});

test('tells listeners rising heads, also after their connection was cut', async () => {
  const heads: Head[] = [];
  const listening = await listenForChanges(pg, (head) => heads.push(head), { log: newLogger('silent'), pollMs: 50 });
  const hand = openDatabase({ url: pg.url }, { max: 1 });
  const change = () => hand.sql`SELECT cfg_note('heard', 'thing', 'x', 'u')`;
  await change();
  await expect.poll(async () => heads.at(-1)?.head).toBe((await currentHead(hand.db)).head);
  await hand.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await change();
  await expect.poll(async () => heads.at(-1)?.head).toBe((await currentHead(hand.db)).head);
  await listening.close();
  await hand.close();
  const numbers = heads.map(({ head }) => head);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test('prunes whole old versions and says where the log begins', async () => {
  await pg.sql`SELECT cfg_note('old', 'thing', 'x', 'u')`;
  const cut = (await currentHead(pg.db)).head;
  await pg.sql`UPDATE cfg_log SET at = now() - interval '8 days' WHERE version <= ${cut}`;
  await pg.sql`SELECT cfg_note('old', 'thing', 'y', 'u')`;
  expect(await pruneChangeLog(pg.db, new Date(Date.now() - 7 * 86_400_000))).toBeGreaterThan(0);
  expect(await logStartsAfter(pg.db)).toBe(cut);
  expect((await changesSince(pg.db, ['old'], cut, cut + 1)).map(({ id }) => id)).toEqual(['y']);
});

test('names another epoch for another database, and tells it to a role without rights', async () => {
  const other = await freshDatabase();
  const { epoch } = await currentHead(pg.db);
  expect((await currentHead(other.db)).epoch).not.toBe(epoch);
  const seen = await other.sql.begin(async (tx) => {
    await tx`CREATE ROLE nobody_special`;
    await tx`SET LOCAL ROLE nobody_special`;
    return await tx<{ epoch: string }[]>`SELECT cfg_epoch() AS epoch`;
  });
  expect(seen[0]?.epoch).toMatch(/^\d+-[0-9A-F]{8}-\d+$/);
  await other.close();
});
