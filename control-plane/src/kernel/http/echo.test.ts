import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { LimitReached } from '../errors.ts';
import { echoApi } from './echo.ts';
import type { HttpEnv } from './request-context.ts';

function server(address: string | null, nowMs = () => 0) {
  const http = new Hono<HttpEnv>();
  http.onError((error, c) => c.json({ error: error.message }, error instanceof LimitReached ? 429 : 500));
  http.use(async (c, next) => {
    c.set('ctx', { address, clock: { now: () => new Date(nowMs()) } } as never);
    await next();
  });
  http.route('/echo', echoApi());
  return async (headers: Record<string, string> = {}) => {
    const response = await http.request('/echo', { headers });
    return { status: response.status, data: ((await response.json()) as { data: unknown }).data };
  };
}

it('tells a caller his address and what proxies added, and nothing else of his headers', async () => {
  const headers = { via: '1.1 x', 'x-forwarded-for': '9.9.9.9', authorization: 'Bearer secret', cookie: 'a=b' };
  expect(await server('203.0.114.1')(headers)).toEqual({
    status: 200,
    data: { address: '203.0.114.1', headers: { via: '1.1 x', 'x-forwarded-for': '9.9.9.9' } },
  });
});

it('says nothing behind a reverse proxy of our own', async () => {
  for (const address of ['127.0.0.1', '10.0.0.2', null]) {
    expect(await server(address)({ via: '1.1 x' })).toMatchObject({ data: { address: null, headers: null } });
  }
});

it('answers one address thirty times a minute', async () => {
  let nowMs = 0;
  const call = server('203.0.114.1', () => nowMs);
  for (let at = 0; at < 30; at += 1) expect((await call()).status).toBe(200);
  expect((await call()).status).toBe(429);
  nowMs = 60_000;
  expect((await call()).status).toBe(200);
});
