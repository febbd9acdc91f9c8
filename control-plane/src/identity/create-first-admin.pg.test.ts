import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actorOf, newUser } from '../../test/factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../test/pg.ts';
import { Forbidden } from '../kernel/index.ts';
import { createFirstAdmin } from './create-first-admin.ts';
import { verifyPassword } from './passwords.ts';
import { identityAccounts, identityUsers } from './tables.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

test('makes no admin when the password could not be told', async () => {
  const unheard = createFirstAdmin(testCtx(pg), { email: 'a@example.com' }, () => Promise.reject(new Error('disk full')));
  await expect(unheard).rejects.toThrow('disk full');
  expect(await pg.db.select().from(identityUsers)).toEqual([]);
});

test('makes one admin, however many control planes start at once, and tells his password once', async () => {
  const told: { email: string; generatedPassword: string | undefined }[] = [];
  const make = () => createFirstAdmin(testCtx(pg), { email: 'Admin@Example.com' }, async (news) => void told.push(news));
  const ids = new Set(await Promise.all([make(), make(), make(), make()]));
  expect([ids.size, told.length, told[0]?.email]).toEqual([1, 1, 'admin@example.com']);
  const [account] = await pg.db.select().from(identityAccounts);
  expect(account?.password).toMatch(/^\$argon2id\$/);
  expect(await verifyPassword(account?.password ?? '', told[0]?.generatedPassword ?? '')).toBe(true);
  const [user] = await pg.db.select().from(identityUsers).where(eq(identityUsers.email, 'admin@example.com'));
  expect(user?.role).toBe('super_admin');
});

test('is for the system alone', async () => {
  const member = await newUser(testCtx(pg));
  const attempt = createFirstAdmin(testCtx(pg, actorOf(member)), { email: 'b@example.com' }, async () => undefined);
  await expect(attempt).rejects.toThrow(Forbidden);
});
