import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, messageBody, until } from './ask.ts';
import {
  type Answer,
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  fakeUpstream,
  json,
  rawUpstream,
} from './fake-upstream/fake-upstream.ts';
import { passThrough } from './pass-through.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function nodeBefore(...answers: Answer[]) {
  return nodeWith({}, ...answers);
}

async function nodeWith(input: Omit<NodeInput, 'baseUrls'>, ...answers: Answer[]) {
  const upstreams = await Promise.all(answers.map(fakeUpstream));
  const node = await startNode({ baseUrls: upstreams.map(({ url }) => url), ...input });
  open.push(...upstreams, node);
  return { node, upstreams };
}

async function nodeBeforeRaw(...args: Parameters<typeof rawUpstream>) {
  const upstream = await rawUpstream(...args);
  const node = await startNode({ baseUrls: [upstream.url] });
  open.push(upstream, node);
  return node;
}

const streamHead = { 'content-type': 'text/event-stream' };
const stream = messageBody({ stream: true });
const lastRow = (node: TestNode) => node.rows.at(-1);

describe('an upstream that fails before its answer', () => {
  it('gets a 502 in the dialect of the caller when nobody listens there', async () => {
    const { node, upstreams } = await nodeBefore(() => undefined);
    await upstreams[0]?.close();
    const reply = await ask(node);
    expect(reply.status).toBe(502);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ type: 'error' });
    expect(lastRow(node)).toMatchObject({
      status: 'upstream_error',
      errorType: 'connection_refused',
      final: true,
      httpStatus: null,
    });
    expect(lastRow(node)?.usage.input).toBe(0);
  });

  it('is passed by for the next account, and both attempts are booked', async () => {
    const { node, upstreams } = await nodeBefore(
      (_seen, response) => json(response, 429, '{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}'),
      (_seen, response) => json(response, 200, anthropicAnswer),
    );
    const reply = await ask(node);
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toBe(anthropicAnswer);
    expect(node.rows).toMatchObject([
      { attempt: 1, final: false, httpStatus: 429, status: 'upstream_error', errorType: 'rate_limit_error', upstreamId: 'ups_0' },
      { attempt: 2, final: true, httpStatus: 200, status: 'ok', upstreamId: 'ups_1' },
    ]);
    expect(upstreams[1]?.seen[0]?.headers['x-api-key']).toBe('sk-upstream-1');
  });

  it.each([401, 403, 500, 503, 529])('is passed by after a %i', async (status) => {
    const { node } = await nodeBefore(
      (_seen, response) => json(response, status, '{}'),
      (_seen, response) => json(response, 200, anthropicAnswer),
    );
    expect((await ask(node)).status).toBe(200);
  });

  it.each([400, 404, 413, 422])('is not passed by after a %i, which another account would say too', async (status) => {
    const { node, upstreams } = await nodeBefore(
      (_seen, response) => json(response, status, '{"type":"error"}'),
      (_seen, response) => json(response, 200, anthropicAnswer),
    );
    const reply = await ask(node);
    expect([reply.status, reply.body.toString()]).toEqual([status, '{"type":"error"}']);
    expect(upstreams[1]?.seen).toHaveLength(0);
  });

  it('passes the error of the last account on in substance, without the headers that name it', async () => {
    const body = '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}';
    const { node } = await nodeBefore((_seen, response) =>
      json(response, 529, body, {
        'retry-after': '7',
        'request-id': 'req_up',
        'anthropic-organization-id': 'org-secret',
        'anthropic-ratelimit-requests-limit': '50',
        'set-cookie': 'a=b',
        server: 'cloudflare',
      }),
    );
    const reply = await ask(node);
    expect([reply.status, reply.body.toString()]).toEqual([529, body]);
    expect(reply.headers).toMatchObject({ 'retry-after': '7', 'request-id': 'req_up' });
    for (const name of ['anthropic-organization-id', 'anthropic-ratelimit-requests-limit', 'set-cookie', 'server']) {
      expect(reply.headers[name]).toBeUndefined();
    }
    expect(lastRow(node)).toMatchObject({ status: 'upstream_error', errorType: 'overloaded_error', upstreamRequestId: 'req_up' });
  });

  it('never tells the caller the credential that an upstream repeats', async () => {
    const { node } = await nodeBefore((seen, response) => {
      const message = `Incorrect API key provided: ${String(seen.headers['x-api-key'])}.`;
      json(response, 400, JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }));
    });
    const { status, body } = await ask(node);
    expect(status).toBe(400);
    expect(body.toString()).toContain('Incorrect API key provided: [credential].');
  });

  it('stays with one account where the group has no fail-over', async () => {
    const input = { group: { failoverEnabled: false } };
    const { node, upstreams } = await nodeWith(
      input,
      (_seen, response) => json(response, 500, '{}'),
      (_seen, response) => json(response, 200, anthropicAnswer),
    );
    expect((await ask(node)).status).toBe(500);
    expect(upstreams[1]?.seen).toHaveLength(0);
  });

  it('tries three accounts at most', async () => {
    const bad: Answer = (_seen, response) => json(response, 503, '{"n":1}');
    const { node } = await nodeBefore(bad, bad, bad, bad);
    expect((await ask(node)).status).toBe(503);
    expect(node.rows.map(({ attempt, final }) => [attempt, final])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('is asked again on a fresh socket when the one in use had grown old', async () => {
    let requests = 0;
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${anthropicAnswer.length}\r\n\r\n${anthropicAnswer}`;
    const node = await nodeBeforeRaw((socket) => {
      requests += 1;
      if (requests === 2) socket.destroy();
      else socket.write(answer);
    });
    expect((await ask(node)).status).toBe(200);
    const second = await ask(node);
    expect(second.body.toString()).toBe(anthropicAnswer);
    expect(node.rows.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'ok'],
      [1, 'upstream_error'],
      [2, 'ok'],
    ]);
  });

  it('is not asked twice when it broke off a fresh connection: it may have charged', async () => {
    let requests = 0;
    const node = await nodeBeforeRaw((socket) => {
      requests += 1;
      socket.destroy();
    });
    expect((await ask(node)).status).toBe(502);
    expect(requests).toBe(1);
    expect(lastRow(node)).toMatchObject({ errorType: 'upstream_reset', estimated: true });
    expect(lastRow(node)?.usage.input).toBeGreaterThan(0);
  });

  it.each([
    ['in the middle of the head of its answer', 'HTTP/1.1 200 OK\r\ncontent-ty'],
    ['behind a status that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ])('is not asked twice when it broke off %s, on a used connection neither', async (_where, beginning) => {
    let requests = 0;
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${anthropicAnswer.length}\r\n\r\n${anthropicAnswer}`;
    const breaks = new Set([1, 3]);
    const node = await nodeBeforeRaw((socket) => {
      requests += 1;
      if (!breaks.has(requests)) socket.write(answer);
      else socket.write(beginning, () => setTimeout(() => socket.destroy(), 20));
    });
    expect((await ask(node)).status).toBe(502);
    expect(requests).toBe(1);
    expect((await ask(node)).status).toBe(200);
    expect((await ask(node)).status).toBe(502);
    expect(requests).toBe(3);
    expect(node.rows.map(({ attempt, final }) => [attempt, final])).toEqual([
      [1, true],
      [1, true],
      [1, true],
    ]);
  });

  it('never leads the caller elsewhere', async () => {
    const { node } = await nodeBefore((_seen, response) => {
      response.writeHead(302, { location: 'http://evil.example/', 'content-length': '0' });
      response.end();
    });
    const reply = await ask(node);
    expect(reply.status).toBe(502);
    expect(reply.headers.location).toBeUndefined();
    expect(lastRow(node)).toMatchObject({ errorType: 'upstream_rubbish', httpStatus: 302 });
  });
});

describe('an upstream that sends rubbish', () => {
  it.each([
    ['a page of HTML', 'text/html; charset=utf-8', '<html>captive portal</html>'],
    ['no JSON', 'application/json', 'this is not JSON'],
    ['half a JSON', 'application/json', anthropicAnswer.slice(0, 100)],
  ])('with 200 and %s becomes a refusal', async (_what, contentType, body) => {
    const { node } = await nodeBefore((_seen, response) => {
      response.writeHead(200, { 'content-type': contentType, 'content-length': String(body.length) });
      response.end(body);
    });
    const reply = await ask(node);
    expect(reply.status).toBe(502);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ type: 'error' });
    expect(lastRow(node)).toMatchObject({ errorType: 'upstream_rubbish', final: true });
  });

  it('that is no HTTP becomes a refusal', async () => {
    const node = await nodeBeforeRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect((await ask(node)).status).toBe(502);
    expect(lastRow(node)).toMatchObject({ status: 'upstream_error', errorType: 'upstream_rubbish' });
  });

  it.each([
    ['nothing', ''],
    ['no event of any API', 'data: {{{{\n\nfoo bar\n\n'],
  ])('as a stream of %s becomes a refusal, for nothing of it has reached the caller', async (_what, body) => {
    const { node, upstreams } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.flushHeaders();
      if (body !== '') response.write(body);
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.end();
    });
    const reply = await ask(node, { body: stream });
    expect(reply.status).toBe(502);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(upstreams[0]?.seen).toHaveLength(2);
    expect(node.rows.map(({ status, errorType }) => [status, errorType])).toEqual(
      Array(2).fill(['upstream_error', 'upstream_rubbish']),
    );
  });

  it('late ends with an error in the dialect of the caller, who had to be told that the stream began', async () => {
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.flushHeaders();
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      response.end('data: {{{{\n\n');
    });
    const reply = await ask(node, { body: stream });
    expect(reply.status).toBe(200);
    const [, data] = /event: error\ndata: (.*)\n\n$/.exec(reply.body.toString()) ?? [];
    expect(JSON.parse(data ?? '')).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(node.rows).toHaveLength(1);
    expect(lastRow(node)?.status).not.toBe('ok');
  });

  it('of a known length where a stream was asked for becomes a refusal', async () => {
    const { node } = await nodeBefore((_seen, response) => {
      response.writeHead(200, { ...streamHead, 'content-length': '3' });
      response.end('foo');
    });
    const reply = await ask(node, { body: stream });
    expect(reply.status).toBe(502);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ type: 'error' });
    expect(lastRow(node)).toMatchObject({ errorType: 'upstream_rubbish', final: true });
  });

  it('in an endless line passes without filling the memory', async () => {
    const line = Buffer.alloc(1024 * 1024, 'x');
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      for (let at = 0; at < 64 && !response.destroyed; at += 1) {
        if (!response.write(line)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    });
    const before = process.memoryUsage.rss();
    const reply = await ask(node, { body: stream });
    expect(reply.body.length).toBe(64 * line.length);
    expect(lastRow(node)).toMatchObject({ status: 'upstream_error', errorType: 'unreadable_answer' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024);
  });
});

describe('an upstream that breaks off in the middle', () => {
  it('of a stream: the caller is told in his dialect, and what passed is booked', async () => {
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25) + anthropicText('hello '));
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.destroy();
    });
    const reply = await ask(node, { body: stream });
    expect(reply.complete).toBe(true);
    expect(reply.body.toString()).toContain(anthropicText('hello '));
    expect(reply.body.toString()).toMatch(/event: error\ndata: .*\n\n$/);
    expect(lastRow(node)).toMatchObject({ status: 'stream_broken', estimated: true, final: true, errorType: 'upstream_reset' });
    expect(lastRow(node)?.usage.input).toBe(25);
    expect(lastRow(node)?.costNanoUsd).toBeGreaterThan(0);
  });

  it('of an event: the connection breaks, for nothing more can be said', async () => {
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(`${anthropicStart(25)}${anthropicText('hello')}event: content_block_delta\ndata: {"type":"content_blo`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.destroy();
    });
    const reply = await ask(node, { body: stream });
    expect(reply.complete).toBe(false);
    expect(lastRow(node)).toMatchObject({ status: 'stream_broken', estimated: true });
  });

  it('of a JSON answer before the caller saw any of it: a clear refusal', async () => {
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(anthropicAnswer.slice(0, 50));
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.destroy();
    });
    const reply = await ask(node);
    expect(reply.status).toBe(502);
    expect(lastRow(node)).toMatchObject({ status: 'stream_broken', estimated: true });
  });

  it('but after the last event: the answer is whole and booked as such', async () => {
    const { node } = await nodeBefore(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25) + anthropicText('hello') + anthropicEnd(15));
      await new Promise((resolve) => setTimeout(resolve, 50));
      response.destroy();
    });
    const reply = await ask(node, { body: stream });
    expect(reply.complete).toBe(true);
    expect(lastRow(node)).toMatchObject({ status: 'ok', estimated: false });
    expect(lastRow(node)?.usage).toMatchObject({ input: 25, output: 15 });
  });

  it('stalls: the attempt ends with the idle timeout', async () => {
    const { node } = await nodeWith({ upstreams: { idleTimeoutMs: 300 } }, (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25) + anthropicText('hello'));
    });
    const reply = await ask(node, { body: stream });
    expect(reply.body.toString()).toMatch(/event: error/);
    expect(lastRow(node)).toMatchObject({ status: 'timeout', errorType: 'upstream_timeout' });
  });

  it('never answers: 504', async () => {
    const { node } = await nodeWith({ upstreams: { headersTimeoutMs: 300 } }, () => undefined);
    const reply = await ask(node);
    expect(reply.status).toBe(504);
    expect(lastRow(node)).toMatchObject({ status: 'timeout', estimated: true, httpStatus: null });
  });
});

describe('the output gate', () => {
  it('shows the last event only after its row is in the books', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const wrapLedger: NodeInput['wrapLedger'] = (ledger) => ({
      ...passThrough(ledger),
      settle: async (row) => {
        await gate;
        return ledger.settle(row);
      },
    });
    const { node: slow } = await nodeWith({ wrapLedger }, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart() + anthropicText('hello'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      response.end(anthropicEnd());
    });
    let soFar = '';
    const whole = ask(slow, {
      body: stream,
      onData: (bytes) => {
        soFar = bytes.toString();
      },
    });
    await until(() => soFar.includes('hello'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(soFar).not.toContain('message_stop');
    expect(slow.rows).toHaveLength(0);
    release();
    expect((await whole).body.toString()).toContain('message_stop');
    expect(slow.rows).toHaveLength(1);
  });

  it('lets the last event go after a second when the upstream forgets to hang up, and late bytes too', async () => {
    const { node } = await nodeWith({ limits: { lateBytesMs: 100 } }, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart() + anthropicEnd());
      await new Promise((resolve) => setTimeout(resolve, 400));
      response.end(': late\n\n');
    });
    let stopSeenAt = 0;
    const reply = await ask(node, {
      body: stream,
      onData: (bytes) => {
        if (!stopSeenAt && bytes.includes('message_stop')) stopSeenAt = Date.now();
      },
    });
    expect(Date.now() - stopSeenAt).toBeGreaterThan(150);
    expect(reply.body.toString()).toMatch(/: late\n\n$/);
    expect(node.rows).toMatchObject([{ status: 'ok' }]);
  });

  it.each([true, false])('cuts the connection when the books fail (stream: %s)', async (streams) => {
    const wrapLedger: NodeInput['wrapLedger'] = (ledger) => ({
      ...passThrough(ledger),
      settle: () => Promise.reject(new Error('disk full')),
    });
    const { node } = await nodeWith({ wrapLedger }, (_seen, response) => {
      if (!streams) return json(response, 200, anthropicAnswer);
      response.writeHead(200, streamHead);
      response.end(anthropicStart() + anthropicText('hello') + anthropicEnd());
    });
    const body = streams ? stream : messageBody();
    const end = await ask(node, { body }).catch(() => ({ complete: false, body: Buffer.alloc(0) }));
    expect(end.complete).toBe(false);
    expect(end.body.toString()).not.toContain('message_stop');
  });

  it('sends nothing upstream when no intent can be written', async () => {
    const wrapLedger: NodeInput['wrapLedger'] = (ledger) => ({
      ...passThrough(ledger),
      intend: () => Promise.reject(new Error('disk full')),
    });
    const { node, upstreams } = await nodeWith({ wrapLedger }, (_seen, response) => json(response, 200, anthropicAnswer));
    expect((await ask(node)).status).toBe(503);
    expect(upstreams[0]?.seen).toHaveLength(0);
  });
});

describe('a caller that hangs up', () => {
  const endless: Answer = async (_seen, response) => {
    response.writeHead(200, streamHead);
    response.write(anthropicStart(25));
    for (let at = 0; at < 500 && !response.destroyed; at += 1) {
      response.write(anthropicText('word '));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end(anthropicEnd(500));
  };
  const hangUpSoon = (node: TestNode) =>
    ask(node, {
      body: stream,
      onData: (bytes, hangUp) => {
        if (bytes.includes('word')) hangUp();
      },
    }).catch(() => undefined);

  it('stops the upstream at once, and what passed is booked', async () => {
    const { node, upstreams } = await nodeBefore(endless);
    await hangUpSoon(node);
    await node.booked(1);
    await until(() => upstreams[0]?.aborted.count === 1);
    expect(upstreams[0]?.aborted.count).toBe(1);
    expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: true, final: true }]);
    expect(lastRow(node)?.usage.input).toBe(25);
    expect(lastRow(node)?.usage.output).toBeLessThan(400);
    expect(node.agent.load).toMatchObject({ requests: 0, bufferedBytes: 0, drains: 0 });
    expect(node.agent.load.running.size).toBe(0);
  });

  it('lets a service that charges anyway finish, so that its usage is known', async () => {
    const short: Answer = async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25));
      for (let at = 0; at < 40; at += 1) {
        response.write(anthropicText('word '));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.end(anthropicEnd(400));
    };
    const { node, upstreams } = await nodeWith({ service: { onClientGone: 'drain' } }, short);
    await hangUpSoon(node);
    await node.booked(1);
    expect(upstreams[0]?.aborted.count).toBe(0);
    expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: false }]);
    expect(lastRow(node)?.usage).toMatchObject({ input: 25, output: 400 });
    expect(node.agent.load.drains).toBe(0);
  });

  it('is drained for at most so many bytes', async () => {
    const { node, upstreams } = await nodeWith({ service: { onClientGone: 'drain' }, limits: { drainBytes: 2_000 } }, endless);
    await hangUpSoon(node);
    await node.booked(1);
    await until(() => upstreams[0]?.aborted.count === 1);
    expect(upstreams[0]?.aborted.count).toBe(1);
    expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: true }]);
  });

  it('before the answer began is booked with the estimate of his input', async () => {
    const { node, upstreams } = await nodeBefore(() => undefined);
    const leave = new AbortController();
    const waiting = ask(node, { signal: leave.signal }).catch(() => undefined);
    await until(() => upstreams[0]?.seen.length === 1);
    leave.abort();
    await waiting;
    await node.booked(1);
    expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: true, httpStatus: null }]);
    expect(lastRow(node)?.usage.input).toBeGreaterThan(0);
  });
});

describe('an encoded answer', () => {
  it('passes as it came and is metered all the same', async () => {
    const plain = anthropicStart(25) + anthropicText('hello') + anthropicEnd(15);
    const encoded = gzipSync(plain);
    const { node, upstreams } = await nodeBefore((_seen, response) => {
      response.writeHead(200, { ...streamHead, 'content-encoding': 'gzip' });
      response.write(encoded.subarray(0, 40));
      response.end(encoded.subarray(40));
    });
    const reply = await ask(node, { body: stream });
    expect(reply.body.equals(encoded)).toBe(true);
    expect(reply.headers['content-encoding']).toBe('gzip');
    expect(upstreams[0]?.seen[0]?.headers['accept-encoding']).toBe('identity');
    expect(lastRow(node)).toMatchObject({ status: 'ok', estimated: false, usage: { input: 25, output: 15 } });
  });

  it('in deflate without the wrapper that its name promises is metered too', async () => {
    const encoded = deflateRawSync(anthropicAnswer);
    const { node } = await nodeBefore((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'deflate' });
      response.end(encoded);
    });
    const reply = await ask(node);
    expect(reply.body.equals(encoded)).toBe(true);
    expect(lastRow(node)).toMatchObject({ status: 'ok', estimated: false });
  });

  it.each([false, true])('that nobody here can decode passes, and is booked by estimate (stream: %s)', async (isStream) => {
    const { node } = await nodeBefore((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'aes128gcm' });
      response.end('riddle');
    });
    const reply = await ask(node, isStream ? { body: stream } : {});
    expect([reply.status, reply.body.toString(), reply.headers['content-encoding']]).toEqual([200, 'riddle', 'aes128gcm']);
    expect(lastRow(node)).toMatchObject({ status: 'ok', estimated: true });
  });
});
