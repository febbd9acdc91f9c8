import { request } from 'node:http';
import { problem } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole, type TestConsole } from '../test/console.ts';
import { freshDatabase, type TestPg } from '../test/pg.ts';

interface Operation {
  responses: Record<string, { content: Record<string, { schema: unknown }> }>;
}

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
const get = (path: string, headers = {}) => fetch(`${console.url}${path}`, { headers });
const problemCode = async (answer: Response) => problem.parse(await answer.json()).error.code;

test('is alive and ready', async () => {
  expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200]);
});

test('describes every call of the console in OpenAPI 3.1, with what a refusal looks like', async () => {
  const document = (await (await get('/api/v1/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  expect(document.openapi).toMatch(/^3\.1/);
  const paths = Object.keys(document.paths);
  for (const path of ['/auth/login', '/carpool/groups/{groupId}', '/user/api-keys', '/admin/edge-nodes', '/ai-services']) {
    expect(paths).toContain(path);
  }
  expect(document.paths['/auth/login']?.['post']?.responses['default']?.content['application/json']?.schema).toEqual({
    $ref: '#/components/schemas/Problem',
  });
});

test('shows readable docs that load nothing from anywhere', async () => {
  const page = await (await get('/api/docs')).text();
  expect(page).toContain('/auth/login');
  expect(page).not.toMatch(/<script|<link|src=|@import|url\(|href="http/);
});

test('tells browsers to trust nothing but its own pages', async () => {
  const { headers } = await get('/api/docs');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-request-id')).toMatch(/^req_/);
  expect((await get('/api/v1/auth/me')).headers.get('cache-control')).toBe('no-store');
});

test('answers unknown addresses with a problem', async () => {
  const answer = await get('/api/v1/nowhere');
  expect([answer.status, await problemCode(answer)]).toEqual([404, 'not_found']);
});

test('refuses bodies above a mebibyte', async () => {
  const { status, body } = await console.call('POST', '/auth/login', { body: { email: 'x'.repeat(1_100_000), password: 'x' } });
  expect([status, body.error.code]).toEqual([413, 'body_too_large']);
});

test('asks whoever did not sign in to do so, before it reads what he sent', async () => {
  const { status, body } = await console.call('POST', '/carpool/groups', { body: { name: 7 } });
  expect([status, body.error.code]).toEqual([401, 'unauthenticated']);
  const login = await console.call('POST', '/auth/login', { body: {} });
  expect([login.status, login.body.error.code]).toEqual([400, 'invalid_input']);
});

test('shows metrics to this machine only, and never for somebody else', async () => {
  expect(await (await get('/metrics')).text()).toMatch(/carpool_control_requests_total\{.*area="console"/);
  expect((await get('/metrics', { 'x-forwarded-for': '203.0.113.7' })).status).toBe(404);
  const apart = await openConsole(pg, { CARPOOL_METRICS_LISTEN: '127.0.0.1:9464' });
  expect((await fetch(`${apart.url}/metrics`)).status).toBe(404);
  await apart.close();
});

test('survives a path and headers that are rubbish', async () => {
  const { port } = new URL(console.url);
  for (const path of ['/api/v1/%E0%A4%A', '/api/v1//..//auth/me', '/api/v1/carpool/groups?page=x', `/${'a'.repeat(8000)}`]) {
    const status = await new Promise((resolve, reject) => {
      request(
        { host: '127.0.0.1', port, path, headers: { authorization: 'Bearer \u00ff.\u00ff', cookie: 'carpool_session=%%%' } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect([path.slice(0, 40), Number(status) < 500]).toEqual([path.slice(0, 40), true]);
  }
});
