import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole, password, type TestConsole } from '../../test/console.ts';
import { freshDatabase, type TestPg } from '../../test/pg.ts';
import { kernelAudit } from '../kernel/tables.ts';
import { identitySignInAttempts } from './tables.ts';

let pg: TestPg;
let console: TestConsole;
beforeAll(async () => {
  pg = await freshDatabase();
  console = await openConsole(pg);
});
afterAll(async () => {
  await console.close();
  await pg.close();
});

const logIn = (email: string, word: string, headers = {}) =>
  console.call('POST', '/auth/login', { body: { email, password: word }, headers });
const me = (token: string) => console.call('GET', '/auth/me', { token });

test('answers token and user, and writes an audit row', async () => {
  const { email, userId } = await console.signInAs('admin');
  const { status, body } = await logIn(email.toUpperCase(), password);
  expect(status).toBe(200);
  expect(body.data.user).toEqual({ id: userId, name: 'Somebody', email, role: 'admin' });
  expect((await me(body.data.token)).body.data.user.id).toBe(userId);
  const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.actorId, userId));
  expect(rows.map(({ action, address }) => [action, address])).toContainEqual(['identity.session.create', '127.0.0.1']);
});

test('says the same to a wrong password and to an unknown email, and notes it', async () => {
  const { email } = await console.signInAs('admin');
  const [wrong, unknown] = [await logIn(email, 'wrong'), await logIn('nobody@example.com', 'wrong')];
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(wrong.body.error.message).toBe(unknown.body.error.message);
  const refused = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'identity.session.refuse'));
  expect(refused.map(({ targetId }) => targetId)).toEqual([email, 'nobody@example.com']);
  expect(JSON.stringify(refused)).not.toContain('wrong');
});

test('takes as long for an unknown email as for a known one', async () => {
  const { email } = await console.signInAs('admin');
  const timeOf = async (who: string) => {
    const times: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const startedAtMs = performance.now();
      await logIn(who, 'wrong');
      times.push(performance.now() - startedAtMs);
    }
    return Math.min(...times);
  };
  const [known, unknown] = [await timeOf(email), await timeOf('stranger@example.com')];
  expect(Math.min(known, unknown)).toBeGreaterThan(Math.max(known, unknown) * 0.5);
});

test('answers 429 with Retry-After after five failures, for that email alone, also when they come together', async () => {
  const [one, other] = [await console.signInAs('group_member'), await console.signInAs('group_member')];
  const answers = await Promise.all(Array.from({ length: 9 }, () => logIn(one.email, 'wrong')));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429]);
  const refused = await logIn(one.email, password);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
  expect((await logIn(other.email, password)).status).toBe(200);
  await pg.db.update(identitySignInAttempts).set({ windowEndsAt: sql`now()` });
  expect((await logIn(one.email, password)).status).toBe(200);
});

test('lets somebody who knows the password sign in as often as he likes', async () => {
  const { email } = await console.signInAs('group_member');
  const answers = await Promise.all(Array.from({ length: 12 }, () => logIn(email, password)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('refuses what is no sign-in with the places that are wrong', async () => {
  const { status, body } = await console.call('POST', '/auth/login', { body: { email: 3 } });
  expect(status).toBe(400);
  expect(body.error.details.issues.map(({ path }: { path: string }) => path)).toEqual(['email', 'password']);
  expect((await console.call('POST', '/auth/login', { body: '{"email"' })).body.error.code).toBe('invalid_body');
});
