import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole, password, type TestConsole } from '../../../test/console.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { identitySessions } from '../tables.ts';

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

test('lists where somebody is signed in, without any token', async () => {
  const { email, token } = await console.signInAs('group_member');
  await logIn(email, password, { 'user-agent': 'a phone' });
  const { body } = await console.call('GET', '/auth/sessions', { token });
  expect(body.data.sessions.map(({ user_agent }: { user_agent: string }) => user_agent)[0]).toBe('a phone');
  expect(body.data.sessions.map(({ current }: { current: boolean }) => current)).toEqual([false, true]);
  const stored = await pg.db.select({ token: identitySessions.token }).from(identitySessions);
  for (const { token: secret } of stored) expect(JSON.stringify(body)).not.toContain(secret);
});

test('ends one session at once and leaves the other', async () => {
  const { email, token } = await console.signInAs('group_member');
  const { body } = await logIn(email, password);
  const { session_id: id } = (await me(body.data.token)).body.data;
  expect((await console.call('DELETE', `/auth/sessions/${id}`, { token })).status).toBe(200);
  expect((await me(body.data.token)).status).toBe(401);
  expect((await me(token)).status).toBe(200);
});

test('does not let anybody end the session of another', async () => {
  const [one, other] = [await console.signInAs('group_member'), await console.signInAs('super_admin')];
  const { session_id: id } = (await me(one.token)).body.data;
  expect((await console.call('DELETE', `/auth/sessions/${id}`, { token: other.token })).status).toBe(404);
  expect((await me(one.token)).status).toBe(200);
});

test('cannot be opened with what the database holds', async () => {
  const { token } = await console.signInAs('admin');
  expect((await me(token.split('.')[0] ?? '')).status).toBe(401);
  expect((await me(`${token.slice(0, -2)}AA`)).status).toBe(401);
});

test('ends with sign-out, and when its time is over', async () => {
  const { token } = await console.signInAs('admin');
  expect((await console.call('POST', '/auth/logout', { token })).status).toBe(200);
  expect((await me(token)).status).toBe(401);
  const late = await console.signInAs('admin');
  await pg.db.update(identitySessions).set({ expiresAt: sql`now() - interval '1 second'` });
  expect((await me(late.token)).status).toBe(401);
});
