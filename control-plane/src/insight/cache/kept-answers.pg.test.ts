import { count } from 'drizzle-orm';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { insightAnswers } from '../tables.ts';
import { findAnswer, keepAnswer, pruneAnswers } from './kept-answers.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(() => pg.db.delete(insightAnswers));

const clock = standingClock('2026-11-21T10:00:00.000Z');
const ctx = testCtx(pg, undefined, { clock });
const at = (seconds: number) => new Date(Date.parse('2026-11-21T10:00:00.000Z') + seconds * 1000);
const rows = async () => (await pg.db.select({ n: count() }).from(insightAnswers))[0]?.n;

test('keeps the newer of two answers, whichever arrives first', async () => {
  await keepAnswer(ctx, 'a', { body: { no: 2 }, askedAt: at(2), expiresAt: at(300) });
  await keepAnswer(ctx, 'a', { body: { no: 1 }, askedAt: at(1), expiresAt: at(300) });
  expect((await findAnswer(ctx, 'a'))?.body).toEqual({ no: 2 });
  await keepAnswer(ctx, 'a', { body: { no: 3 }, askedAt: at(3), expiresAt: at(300) });
  expect((await findAnswer(ctx, 'a'))?.body).toEqual({ no: 3 });
});

test('keeps no answer of more than a megabyte', async () => {
  await keepAnswer(ctx, 'a', { body: { text: 'x'.repeat(1_000_001) }, askedAt: at(0), expiresAt: at(300) });
  expect(await findAnswer(ctx, 'a')).toBeUndefined();
});

test('never holds more than 2000 answers, and drops the oldest', async () => {
  const many = Array.from({ length: 2_050 }, (_, i) => ({
    digest: `d${i}`,
    body: {},
    bytes: 2,
    askedAt: at(i),
    expiresAt: at(i + 300),
  }));
  await pg.db.insert(insightAnswers).values(many);
  await keepAnswer(ctx, 'new', { body: {}, askedAt: at(3_000), expiresAt: at(3_300) });
  expect(await rows()).toBe(2_000);
  expect(await findAnswer(ctx, 'new')).toBeDefined();
  expect(await findAnswer(ctx, 'd50')).toBeUndefined();
  expect(await findAnswer(ctx, 'd51')).toBeDefined();
});

test('forgets what has been past its time for an hour', async () => {
  await keepAnswer(ctx, 'old', { body: {}, askedAt: at(-4_000), expiresAt: at(-3_601) });
  await keepAnswer(ctx, 'young', { body: {}, askedAt: at(-4_000), expiresAt: at(-3_599) });
  await pruneAnswers(ctx);
  expect(await findAnswer(ctx, 'old')).toBeUndefined();
  expect(await findAnswer(ctx, 'young')).toBeDefined();
});
