import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from './ask.ts';
import { type Answer, type FakeUpstream, fakeUpstream, json, rawUpstream } from './fake-upstream/fake-upstream.ts';
import { testKey } from './snapshot.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

/** Calls of Amp to its own servers, through a whole node. */
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const userInfo = { ok: true, result: { id: 'user_1', email: 'somebody@example.com' } };
const info: Answer = (_seen, response) => json(response, 200, JSON.stringify(userInfo), { 'set-cookie': 'a=b', server: 'x' });

async function nodeWith(answer: Answer = info, more: Partial<NodeInput> = {}): Promise<TestNode & { upstream: FakeUpstream }> {
  const upstream = await fakeUpstream(answer);
  const node = await startNode({ baseUrls: [upstream.url], service: { id: 'ampcode' }, ...more });
  opened.push(upstream, node);
  return { ...node, upstream };
}

const question = JSON.stringify({ method: 'getUserInfo', params: {} });
const call = { path: '/api/internal?getUserInfo', body: question };

describe('a call to the servers of Amp', () => {
  it('is made with the account of the group, and tells nothing of key or machine', async () => {
    const node = await nodeWith();
    const machine = {
      'x-amp-installation-id': 'i-1',
      'x-amp-device-fingerprint': 'f-1',
      cookie: 'c=1',
      'x-forwarded-for': '1.2.3.4',
    };
    const program = { 'x-amp-client-version': '0.0.1', 'x-amp-client-type': 'cli', 'user-agent': 'amp' };
    const reply = await ask(node, { ...call, headers: { ...machine, ...program } });
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body.toString())).toEqual(userInfo);
    expect(reply.headers['set-cookie']).toBeUndefined();
    const [seen] = node.upstream.seen;
    expect(seen?.url).toBe('/api/internal?getUserInfo');
    expect(seen?.body.toString()).toBe(question);
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer sk-upstream-0', ...program });
    for (const name of Object.keys(machine)) expect(seen?.headers[name], name).toBeUndefined();
    expect(JSON.stringify(seen?.headers)).not.toContain(testKey);
  });

  it('is counted and no traffic of a model', async () => {
    const node = await nodeWith();
    await ask(node, call);
    await ask(node, { path: '/api/internal/github-auth-status', method: 'GET' });
    expect(node.upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/internal?getUserInfo',
      'GET /api/internal/github-auth-status',
    ]);
    expect(node.rows).toEqual([]);
    expect(node.intents).toEqual([]);
  });

  it('keeps a packed body as it is', async () => {
    const node = await nodeWith();
    const packed = gzipSync(question);
    await ask(node, { ...call, body: packed, headers: { 'content-encoding': 'gzip' } });
    const [seen] = node.upstream.seen;
    expect(seen?.headers['content-encoding']).toBe('gzip');
    expect(seen?.body.equals(packed)).toBe(true);
  });

  it('is answered as it comes', async () => {
    let goOn: () => void = () => undefined;
    const node = await nodeWith(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('first');
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      response.end('second');
    });
    const reply = await ask(node, { ...call, onData: (soFar) => soFar.toString() === 'first' && goOn() });
    expect(reply.body.toString()).toBe('firstsecond');
  });

  it('gives the caller the refusal of Amp as it is', async () => {
    const node = await nodeWith((_seen, response) => json(response, 429, '{"ok":false}', { 'retry-after': '7' }));
    const reply = await ask(node, call);
    expect([reply.status, reply.headers['retry-after'], reply.body.toString()]).toEqual([429, '7', '{"ok":false}']);
  });

  it('stops when the caller hangs up', async () => {
    const node = await nodeWith((_seen, response) => {
      response.writeHead(200);
      response.write('x');
    });
    const controller = new AbortController();
    const asked = ask(node, { ...call, signal: controller.signal, onData: () => controller.abort() });
    await asked.catch(() => undefined);
    await expect.poll(() => node.upstream.aborted.count).toBe(1);
    await expect.poll(() => node.agent.load.requests).toBe(0);
  });
});

describe('Amp is told in its own words', () => {
  const errorOf = (body: Buffer) => JSON.parse(body.toString()) as { ok: boolean; error: { code: string; message: string } };

  it('that the key is wrong', async () => {
    const node = await nodeWith();
    const reply = await ask(node, { ...call, key: 'acp_wrong' });
    expect(reply.status).toBe(401);
    expect(errorOf(reply.body)).toMatchObject({ ok: false, error: { code: 'auth-required' } });
    expect(node.upstream.seen).toEqual([]);
  });

  it('what to do where the group has no account', async () => {
    const node = await nodeWith(info, { service: { id: 'claude' } });
    const reply = await ask(node, call);
    expect(reply.status).toBe(404);
    expect(errorOf(reply.body).error).toMatchObject({
      code: 'service-not-offered',
      message: expect.stringContaining('ask its manager to add the service "ampcode"'),
    });
    expect(node.upstream.seen).toEqual([]);
  });

  it('that it cannot be used in the way of its newest builds', async () => {
    const node = await nodeWith();
    const reply = await ask(node, { path: '/api/thread-actors', body: '{}' });
    expect(reply.status).toBe(404);
    expect(reply.body.toString()).toContain('add-router custom-url');
    expect(node.upstream.seen).toEqual([]);
  });

  it('that its servers are away, never with a redirect', async () => {
    const gone = await nodeWith((_seen, response) => void response.writeHead(302, { location: 'http://elsewhere/' }).end());
    const redirected = await ask(gone, call);
    expect(redirected.status).toBe(502);
    expect(redirected.headers['location']).toBeUndefined();
    const upstream = await rawUpstream((socket) => socket.destroy());
    const node = await startNode({ baseUrls: [upstream.url], service: { id: 'ampcode' } });
    opened.push(upstream, node);
    expect((await ask(node, call)).status).toBe(502);
    await expect.poll(() => node.agent.load.requests).toBe(0);
    expect(node.agent.load.bufferedBytes).toBe(0);
  });

  it('that a member brings his own account, and gets only that', async () => {
    const own = { route: { authMethod: 'individual_keys' as const } };
    const without = await nodeWith(info, { ...own, upstream: { ownerId: 'usr_other' } });
    expect(errorOf((await ask(without, call)).body).error.code).toBe('account-missing');
    const withOne = await nodeWith(info, { ...own, upstream: { ownerId: 'usr_test' } });
    expect((await ask(withOne, call)).status).toBe(200);
  });

  it('that a body is too large', async () => {
    const node = await nodeWith(info, { limits: { bodyBytes: 1_000 } });
    expect((await ask(node, { ...call, body: 'x'.repeat(2_000) })).status).toBe(413);
  });
});
