import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole, password, type TestConsole } from '../../test/console.ts';
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

const logIn = (email: string, word: string, headers = {}) =>
  console.call('POST', '/auth/login', { body: { email, password: word }, headers });
const me = (token: string) => console.call('GET', '/auth/me', { token });

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
