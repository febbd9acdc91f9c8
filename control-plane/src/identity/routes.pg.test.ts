import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConsole, password, type TestConsole } from '../../test/console.ts';
import { guardRoutes } from '../../test/guards.ts';
import { freshDatabase, type TestPg } from '../../test/pg.ts';
import { kernelAudit } from '../kernel/tables.ts';
import { identitySessions, identitySignInAttempts } from './tables.ts';

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

guardRoutes(
  () => console,
  [
    { method: 'POST', path: '/auth/logout' },
    { method: 'GET', path: '/auth/me' },
    { method: 'GET', path: '/auth/sessions' },
    { method: 'DELETE', path: '/auth/sessions/ses_000000000000000000000000' },
    { method: 'POST', path: '/auth/change-password', body: { current_password: 'x', new_password: 'a new long one' } },
    { method: 'GET', path: '/admin/edge-nodes', refuses: 'group_member' },
    { method: 'GET', path: '/carpool/groups' },
  ],
);

const logIn = (email: string, word: string, headers = {}) =>
  console.call('POST', '/auth/login', { body: { email, password: word }, headers });
const me = (token: string) => console.call('GET', '/auth/me', { token });

describe('signing in', () => {
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
});

describe('sessions', () => {
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
});

describe('the cookie', () => {
  const cookieOf = (answer: { headers: Headers }) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const ownPage = { 'sec-fetch-site': 'same-origin' };

  test('is http-only and lax, and signs in', async () => {
    const { email } = await console.signInAs('admin');
    const answer = await logIn(email, password, ownPage);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax$/);
    expect((await console.call('GET', '/auth/me', { headers: { cookie: cookieOf(answer) } })).status).toBe(200);
  });

  test('changes nothing for a page of somebody else', async () => {
    const { email } = await console.signInAs('admin');
    const cookie = cookieOf(await logIn(email, password, ownPage));
    for (const foreign of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      {},
    ]) {
      const answer = await console.call('POST', '/auth/logout', { headers: { cookie, ...foreign } });
      expect([answer.status, answer.body.error.code]).toEqual([403, 'cross_site']);
    }
    expect((await console.call('POST', '/auth/logout', { headers: { cookie, origin: console.url } })).status).toBe(200);
  });

  test('is not given to a page of somebody else', async () => {
    const { email } = await console.signInAs('admin');
    expect(cookieOf(await logIn(email, password, { origin: 'https://evil.example' }))).toBe('');
  });

  test('is secure where the public address is', async () => {
    const secure = await openConsole(pg, { CARPOOL_PUBLIC_URL: 'https://pool.example' });
    const { email } = await console.signInAs('admin');
    const answer = await secure.call('POST', '/auth/login', { body: { email, password } });
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure/);
    expect(answer.headers.get('strict-transport-security')).toBeTruthy();
    await secure.close();
  });
});

describe('changing the password', () => {
  test('asks for the old one and ends all other sessions', async () => {
    const { email, token } = await console.signInAs('admin');
    const other = (await logIn(email, password)).body.data.token;
    const change = (current: string) =>
      console.call('POST', '/auth/change-password', {
        token,
        body: { current_password: current, new_password: 'quite another one' },
      });
    expect((await change('wrong')).body.error.code).toBe('wrong_password');
    expect((await change(password)).status).toBe(200);
    expect([(await me(token)).status, (await me(other)).status]).toEqual([200, 401]);
    expect((await logIn(email, password)).status).toBe(401);
    expect((await logIn(email, 'quite another one')).status).toBe(200);
  });
});
