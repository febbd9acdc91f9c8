import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, askRaw, messageBody, type Question, until } from './ask.ts';
import {
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  fakeUpstream,
  json,
} from './fake-upstream/fake-upstream.ts';
import { withSettle } from './held-ledger.ts';
import { pricedModel, testKey, testSnapshot } from './snapshot.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

let upstream: Awaited<ReturnType<typeof fakeUpstream>>;
const nodes: TestNode[] = [];

beforeAll(async () => {
  upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  upstream.seen.length = 0;
});
afterAll(() => upstream.close());

async function node(input: Omit<NodeInput, 'baseUrls'> = {}): Promise<TestNode> {
  const started = await startNode({ baseUrls: [upstream.url], ...input });
  nodes.push(started);
  return started;
}

async function refusalOf(to: TestNode, question: Question = {}) {
  const reply = await ask(to, question);
  expect(reply.headers['x-carpool-request-id']).toMatch(/^req_/);
  expect(upstream.seen).toHaveLength(0);
  expect(to.intents).toHaveLength(0);
  return { status: reply.status, error: JSON.parse(reply.body.toString()).error, headers: reply.headers };
}

describe('a key', () => {
  it('that is missing is asked for', async () => {
    const { status, error, headers } = await refusalOf(await node(), { key: null });
    expect([status, error.type]).toEqual([401, 'authentication_error']);
    expect(headers['x-should-retry']).toBe('false');
  });

  it('that nobody issued is refused', async () => {
    const { status, error } = await refusalOf(await node(), { key: 'acp_wrong' });
    expect([status, error.type]).toEqual([401, 'authentication_error']);
    expect(error.message).not.toContain('acp_wrong');
  });

  it('that is disabled is refused', async () => {
    expect((await refusalOf(await node({ key: { active: false } }))).status).toBe(401);
  });

  it('that expired is refused, at the instant it expires', async () => {
    const { status, error } = await refusalOf(await node({ key: { expiresAtMs: Date.now() } }));
    expect(status).toBe(401);
    expect(error.message).toContain('expired');
    expect((await ask(await node({ key: { expiresAtMs: Date.now() + 60_000 } }))).status).toBe(200);
  });

  it('from an address that it may not be used from is refused', async () => {
    const allowsAddress = (ip: string) => ip === '10.1.2.3';
    expect((await refusalOf(await node({ key: { allowsAddress } }))).error.type).toBe('policy_blocked');
  });

  it('of a group that is not active is refused', async () => {
    const { error } = await refusalOf(await node({ group: { status: 'suspended' } }));
    expect(error.type).toBe('policy_blocked');
    expect(error.message).toContain('suspended');
  });

  it('of a group that the node knows too little of is refused for now', async () => {
    expect((await refusalOf(await node({ group: { isStale: () => true } }))).status).toBe(503);
  });

  it('is found in any of the four places, and the word "placeholder" is none', async () => {
    const to = await node();
    const places: Question[] = [
      { headers: { authorization: `bearer ${testKey}` } },
      { key: null, headers: { 'x-api-key': testKey } },
      { key: null, headers: { 'x-goog-api-key': testKey } },
      { key: null, path: `/v1/messages?beta=true&key=${testKey}` },
      { headers: { authorization: `Bearer ${testKey}`, 'x-goog-api-key': 'placeholder' } },
      { headers: { authorization: 'Bearer sk-ant-someone-elses', 'x-api-key': testKey } },
    ];
    for (const place of places) expect((await ask(to, place)).status).toBe(200);
    for (const { headers, url } of upstream.seen) {
      expect(JSON.stringify([headers, url])).not.toContain(testKey);
      expect(JSON.stringify(headers)).not.toContain('someone-elses');
    }
    expect(upstream.seen[3]?.url).toBe('/v1/messages?beta=true');
  });
});

describe('a request', () => {
  it('for a model that the group does not offer is refused, with the names of those it does', async () => {
    const { error } = await refusalOf(await node({ allowsModel: (model) => model === 'claude-sonnet-4-5' }), {
      body: messageBody({ model: 'claude-opus-4' }),
    });
    expect(error.type).toBe('policy_blocked');
    expect(error.message).toContain('offered: claude-sonnet-4-5');
  });

  it('for a model that this key may not use is refused', async () => {
    const to = await node({ key: { restrictedModels: new Set(['other']) } });
    expect((await refusalOf(to)).error.type).toBe('policy_blocked');
  });

  it('for a model that nobody knows is refused', async () => {
    const to = await node({ service: { knowsModel: () => false } });
    expect((await refusalOf(to)).status).toBe(404);
  });

  it('for a service under maintenance is refused for now', async () => {
    expect((await refusalOf(await node({ service: { status: 'maintenance' } }))).status).toBe(503);
  });

  it('without an account that could take it is refused for now', async () => {
    const to = await startNode({ baseUrls: [] });
    nodes.push(to);
    expect((await refusalOf(to)).status).toBe(503);
    const sealed = await node({ upstream: { secret: () => undefined } });
    expect((await refusalOf(sealed)).status).toBe(503);
  });

  it.each(['not json', '', '[1,2]', '{"messages":[]}', '{"model":17}'])('with the body %j is refused', async (body) => {
    const { status, error } = await refusalOf(await node(), { body });
    expect([status, error.type]).toEqual([400, 'invalid_request_error']);
  });

  it('before any config has come is refused for now, and the node says that it is not ready', async () => {
    const to = await startNode({});
    nodes.push(to);
    expect((await refusalOf(to)).status).toBe(503);
    const ready = await ask(to, { path: '/readyz', method: 'GET' });
    expect([ready.status, JSON.parse(ready.body.toString()).reason]).toEqual([503, 'no config yet']);
    expect((await ask(to, { path: '/healthz', method: 'GET' })).status).toBe(200);
    to.snapshots.swap(testSnapshot({ baseUrls: [upstream.url] }));
    expect((await ask(to, { path: '/readyz', method: 'GET' })).status).toBe(200);
  });

  it('beyond what the key may send in its window is told when to come back', async () => {
    const to = await node({ key: { rateLimit: { requests: 2, windowMs: 60_000 } } });
    expect((await ask(to)).status).toBe(200);
    expect((await ask(to)).status).toBe(200);
    const third = await ask(to);
    expect(third.status).toBe(429);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('beyond what the node serves at once is refused for now', async () => {
    const slow = await fakeUpstream(() => undefined);
    const to = await startNode({ baseUrls: [slow.url], limits: { concurrentRequests: 1, shutdownMs: 100 } });
    nodes.push(to);
    const leave = new AbortController();
    const first = ask(to, { signal: leave.signal }).catch(() => undefined);
    while (slow.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await ask(to);
    expect([second.status, second.headers['retry-after']]).toEqual([503, '1']);
    leave.abort();
    await first;
    await slow.close();
  });

  it('goes on to the upstream as it came, with the credential of the account', async () => {
    const to = await node({ service: { defaultHeaders: { 'x-title': 'carpool', 'anthropic-beta': 'never' } } });
    const body = `{ "model":"claude-sonnet-4-5",  "max_tokens":5, "unknown_field": {"a": [1.0, 1e3]}, "messages":[] }`;
    await ask(to, {
      body,
      path: '/any/prefix/v1/messages?beta=true',
      headers: {
        'anthropic-beta': 'a,b',
        'x-stainless-lang': 'js',
        'user-agent': 'claude-cli/2.1.329',
        'x-claude-code-session-id': 's',
        cookie: 'secret=1',
        'x-forwarded-for': '1.2.3.4',
        'x-amp-installation-id': 'i',
        'openai-organization': 'org-client',
        connection: 'x-stainless-os, keep-alive',
        'x-stainless-os': 'Linux',
      },
    });
    const [seen] = upstream.seen;
    expect(seen?.body.toString()).toBe(body);
    expect(seen?.url).toBe('/v1/messages?beta=true');
    expect(seen?.headers).toEqual({
      accept: undefined,
      host: upstream.url.slice('http://'.length),
      connection: 'keep-alive',
      'content-type': 'application/json',
      'anthropic-beta': 'a,b',
      'x-stainless-lang': 'js',
      'user-agent': 'claude-cli/2.1.329',
      'x-claude-code-session-id': 's',
      'x-title': 'carpool',
      'anthropic-version': '2023-06-01',
      'accept-encoding': 'identity',
      'x-api-key': 'sk-upstream-0',
      'content-length': String(body.length),
    });
  });

  it('forwards the API version that the client chose', async () => {
    await ask(await node(), { headers: { 'anthropic-version': '2026-10-21' } });
    expect(upstream.seen[0]?.headers['anthropic-version']).toBe('2026-10-21');
  });
});

describe('a body of 40 MB', () => {
  const large = Buffer.alloc(40 * 1024 * 1024, 'a');

  it('is refused in words that the caller can read, though it is still sending', async () => {
    const to = await node();
    for (let round = 0; round < 3; round += 1) {
      const { status, error } = await refusalOf(to, { body: large });
      expect([status, error.type]).toEqual([413, 'request_too_large']);
    }
    expect(to.agent.load.bufferedBytes).toBe(0);
  });

  it('is refused in chunked encoding too', async () => {
    const to = await node();
    const { status } = await refusalOf(to, { body: large, headers: { 'transfer-encoding': 'chunked' } });
    expect(status).toBe(413);
    expect(to.agent.load.bufferedBytes).toBe(0);
  });

  it('is not even asked for when the caller waits for 100 Continue', async () => {
    const to = await node();
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testKey}\r\nexpect: 100-continue\r\n`;
    const answer = await askRaw(to, `${head}content-length: ${large.length}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
    const small = messageBody();
    const fine = await askRaw(to, `${head}connection: close\r\ncontent-length: ${small.length}\r\n\r\n${small}`);
    expect(fine).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('that trickles is refused', async () => {
    const to = await node({ limits: { slowBodyGraceMs: 200 } });
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testKey}\r\ncontent-length: 100000\r\n\r\n`;
    expect(await askRaw(to, `${head}{"a"`, 3_000)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['trickles', testKey, 'HTTP/1.1 408 '],
    ['is refused before it has come', 'acp_unknown', 'HTTP/1.1 401 '],
  ])(
    'that %s loses its connection, however long it goes on',
    async (_what, key, answer) => {
      const to = await node({ limits: { slowBodyGraceMs: 200 } });
      const socket = connect(to.port, '127.0.0.1');
      let said = '';
      socket.on('data', (piece) => (said += piece));
      socket.on('error', () => undefined);
      socket.write(`POST /v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 100000\r\n\r\n{`);
      const drip = setInterval(() => socket.write(' '), 200);
      await new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(drip));
      expect(said).toContain(answer);
    },
    20_000,
  );
});

describe('on the wire', () => {
  const auth = `authorization: Bearer ${testKey}\r\n`;
  const body = messageBody();
  const post = (headers: string, target = '/v1/messages', version = '1.1') =>
    `POST ${target} HTTP/${version}\r\n${headers}content-type: application/json\r\n\r\n`;

  it.each([
    ['two Host headers', post(`host: a\r\nhost: b\r\n${auth}content-length: 0\r\n`)],
    ['Authorization twice', post(`host: a\r\n${auth}${auth}content-length: 0\r\n`)],
    ['x-api-key twice', post('host: a\r\nx-api-key: a\r\nX-Api-Key: b\r\ncontent-length: 0\r\n')],
    ['Content-Length and Transfer-Encoding', post(`host: a\r\n${auth}content-length: 3\r\ntransfer-encoding: chunked\r\n`)],
    ['two lengths', post(`host: a\r\n${auth}content-length: 3\r\ncontent-length: 4\r\n`)],
    ['Transfer-Encoding in HTTP/1.0', post(`host: a\r\n${auth}transfer-encoding: chunked\r\n`, '/v1/messages', '1.0')],
    ['a name with a space', post(`host: a\r\n${auth}x-api-key : b\r\ncontent-length: 0\r\n`)],
  ])('%s: 400', async (_what, bytes) => {
    const to = await node();
    expect(await askRaw(to, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.seen).toHaveLength(0);
  });

  it.each(['http://evil.example/v1/messages', '//evil.example/v1/messages', '/\\evil.example/v1/messages'])(
    'the target %s goes nowhere',
    async (target) => {
      const to = await node();
      const answer = await askRaw(to, post(`host: a\r\n${auth}content-length: ${body.length}\r\n`, target) + body);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(upstream.seen).toHaveLength(0);
    },
  );

  it('two requests in one packet get two answers in order', async () => {
    const to = await node();
    const first = post(`host: a\r\n${auth}content-length: ${body.length}\r\n`) + body;
    const second = `GET /v1/models HTTP/1.1\r\nhost: a\r\n${auth}anthropic-version: 1\r\nconnection: close\r\n\r\n`;
    const answer = await askRaw(to, first + second);
    expect(answer.indexOf(anthropicAnswer)).toBeGreaterThan(0);
    expect(answer.lastIndexOf('HTTP/1.1 200')).toBeGreaterThan(answer.indexOf(anthropicAnswer));
    expect(answer).toContain(pricedModel.model);
  });

  it('a header of 40 kB is too large', async () => {
    expect(await askRaw(await node(), post(`host: a\r\nx-a: ${'a'.repeat(40_000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('shutting down', () => {
  it('lets a running answer finish, refuses new requests, and is over then', async () => {
    const slow = await fakeUpstream(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(anthropicStart());
      await new Promise((resolve) => setTimeout(resolve, 300));
      response.end(anthropicEnd());
    });
    const to = await startNode({ baseUrls: [slow.url] });
    const idle = connect(to.port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const running = ask(to, { body: messageBody({ stream: true }) });
    while (slow.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = to.close();
    expect((await running).body.toString()).toContain('message_stop');
    await closed;
    expect(to.rows).toMatchObject([{ status: 'ok' }]);
    await expect(ask(to)).rejects.toThrow('ECONNREFUSED');
    await slow.close();
  });

  it('cuts what runs for longer than a request may, but nothing when the clock of its machine jumps ahead', async () => {
    let aheadMs = 0;
    const endless = await fakeUpstream((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(anthropicStart() + anthropicText('hello'));
      aheadMs = 2 * 3_600_000;
    });
    const to = await startNode({ baseUrls: [endless.url], limits: { requestMs: 2_500 }, nowMs: () => Date.now() + aheadMs });
    const startedMs = performance.now();
    expect((await ask(to, { body: messageBody({ stream: true }) })).body.toString()).toMatch(/event: error/);
    expect(performance.now() - startedMs).toBeGreaterThan(2_400);
    expect(to.rows).toMatchObject([{ status: 'timeout', errorType: 'deadline' }]);
    await to.close();
    await endless.close();
  });

  it('sends nothing to an upstream for those whose turn comes when the others are cut', async () => {
    const endless = await fakeUpstream((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(anthropicStart() + anthropicText('hello'));
    });
    const limits = { requests: null, tokensPerMinute: null, concurrency: 1 };
    const to = await startNode({ baseUrls: [endless.url], limits: { shutdownMs: 200 }, group: { limits } });
    const first = ask(to, { body: messageBody({ stream: true }) });
    await until(() => endless.seen.length === 1);
    const waiting = ask(to, { body: messageBody({ stream: true }) });
    await until(() => to.agent.load.requests === 2);
    await to.close();
    expect((await first).body.toString()).toMatch(/event: error/);
    const second = await waiting;
    expect([second.status, second.body.toString()]).toEqual([503, expect.stringContaining('shut down')]);
    expect([endless.seen.length, to.rows.length, to.agent.load.requests]).toEqual([1, 1, 0]);
    await endless.close();
  });

  it('sends nothing to an upstream for a request that was ready only after all others were cut', async () => {
    const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
    let letGo: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const wrapLedger = withSettle((_settle, intend) => ({
      intend: async (intent) => {
        await ready;
        return intend(intent);
      },
    }));
    const to = await startNode({ baseUrls: [upstream.url], limits: { shutdownMs: 100 }, wrapLedger });
    const asked = ask(to);
    await until(() => to.agent.load.requests === 1);
    const closed = to.close();
    setTimeout(letGo, 400);
    expect((await asked).status).toBe(503);
    await closed;
    expect(upstream.seen).toHaveLength(0);
    expect(to.rows).toMatchObject([{ errorType: 'node_draining', costNanoUsd: 0, final: true }]);
    await upstream.close();
  });

  it('cuts what takes too long while it stops, tells the caller and books it', async () => {
    const endless = await fakeUpstream((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(anthropicStart() + anthropicText('hello'));
    });
    const to = await startNode({ baseUrls: [endless.url], limits: { shutdownMs: 200 } });
    const running = ask(to, { body: messageBody({ stream: true }) });
    while (endless.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await to.close();
    expect((await running).body.toString()).toMatch(/event: error/);
    expect(to.rows).toMatchObject([{ status: 'stream_broken', errorType: 'node_draining' }]);
    await endless.close();
  });
});
