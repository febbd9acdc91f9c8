import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConsole, password, type TestConsole } from '../../test/console.ts';
import { guardRoutes } from '../../test/guards.ts';
import { freshDatabase, type TestPg } from '../../test/pg.ts';

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
