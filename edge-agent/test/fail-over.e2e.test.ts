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
} from './fake-upstream/fake-upstream.ts';
import { type NodeInput, startNode } from './start-node.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function nodeBefore(input: Omit<NodeInput, 'baseUrls'>, ...answers: Answer[]) {
  const upstreams = await Promise.all(answers.map(fakeUpstream));
  const node = await startNode({ baseUrls: upstreams.map(({ url }) => url), random: () => 0, ...input });
  open.push(...upstreams, node);
  return { node, asked: () => upstreams.map(({ seen }) => seen.length) };
}

const streamHead = { 'content-type': 'text/event-stream' };
const stream = messageBody({ stream: true });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const limited: Answer = (_seen, response) =>
  json(response, 429, '{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', { 'retry-after': '30' });
const well: Answer = (_seen, response) => json(response, 200, anthropicAnswer);

const questions = [
  ['/v1/messages', messageBody()],
  ['/v1/chat/completions', messageBody()],
  ['/v1/responses', JSON.stringify({ model: 'claude-sonnet-4-5', input: 'hi' })],
  ['/v1beta/models/claude-sonnet-4-5:generateContent', JSON.stringify({ contents: [] })],
] as const;

describe('accounts that rest', () => {
  it.each(questions)('are not asked, and a caller of %s hears when the first one opens', async (path, body) => {
    const { node, asked } = await nodeBefore({}, limited, limited);
    await ask(node);
    expect(asked()).toEqual([1, 1]);
    const reply = await ask(node, { path, body });
    expect(asked()).toEqual([1, 1]);
    expect(reply.status).toBe(429);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(25);
    expect(reply.headers['x-should-retry']).toBeUndefined();
    expect(reply.body.toString()).toMatch(/rate_limit_error|rate_limit_exceeded|RESOURCE_EXHAUSTED/);
    expect(node.rows).toHaveLength(2);
  });

  it('are left alone while others answer', async () => {
    const { node, asked } = await nodeBefore({}, limited, well);
    for (let n = 0; n < 4; n += 1) expect((await ask(node)).status).toBe(200);
    expect(asked()).toEqual([1, 4]);
    expect(node.agent.health.drainSignals(10)).toMatchObject([{ kind: 'failed_over', reason: 'rate_limit_error', count: 1 }]);
  });

  it('for a reason that no waiting mends are a 503', async () => {
    const { node, asked } = await nodeBefore({}, (_seen, response) => json(response, 401, '{}'));
    await ask(node);
    const reply = await ask(node);
    expect([reply.status, asked()]).toEqual([503, [1]]);
    expect(node.agent.health.snapshotOf().accounts_health).toMatchObject({ ups_0: { status: 'unhealthy', reason: 'http_401' } });
  });

  it('put out by three failures in a row are asked again one at a time when their time is over', async () => {
    let isBroken = true;
    const { node, asked } = await nodeBefore(
      {},
      (seen, response) => (isBroken ? json(response, 500, '{}') : well(seen, response)),
      well,
    );
    for (let n = 0; n < 6; n += 1) expect((await ask(node)).status).toBe(200);
    expect(asked()).toEqual([3, 6]);
    expect(node.agent.health.drainSignals(10).map(({ kind }) => kind)).toContain('account_down');
    isBroken = false;
  });
});

describe('the budget of repeats', () => {
  it('lets few of many requests that fail together be asked again', async () => {
    let waiting: (() => void)[] = [];
    const { node, asked } = await nodeBefore({ group: { health: calm } }, async (_seen, response) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      json(response, 503, '{}');
    });
    const all = Array.from({ length: 30 }, () => ask(node));
    await until(() => waiting.length === 30);
    for (let round = 0; round < 4; round += 1) {
      const now = waiting;
      waiting = [];
      for (const go of now) go();
      await pause(150);
    }
    await Promise.all(all);
    expect(asked()[0]).toBeGreaterThan(30);
    expect(asked()[0]).toBeLessThanOrEqual(30 + 6 * 2);
  });
});

const calm = {
  consecutive_failures: 1_000,
  error_rate: 1,
  response_time_ms: null,
  consecutive_successes: 5,
  success_rate: null,
  check_interval_s: 300,
};

describe('the beginning of a stream', () => {
  it('does not leave before there is content, and then at once', async () => {
    let say: () => void = () => undefined;
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25));
      await new Promise<void>((resolve) => {
        say = resolve;
      });
      response.write(anthropicText('hello'));
      await pause(2_000);
      response.end(anthropicEnd());
    });
    let heard = '';
    const running = ask(node, {
      body: stream,
      onData: (soFar) => {
        heard = soFar.toString();
      },
    });
    await pause(400);
    expect(heard).toBe('');
    say();
    await until(() => heard.includes('hello'), 500);
    expect(heard).toBe(anthropicStart(25) + anthropicText('hello'));
    expect((await running).complete).toBe(true);
  });

  it('leaves after a second of thinking all the same', async () => {
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25));
      await pause(1_600);
      response.end(anthropicText('hello') + anthropicEnd());
    });
    let heard = 0;
    const beganAtMs = Date.now();
    const reply = await ask(node, {
      body: stream,
      onData: () => {
        heard ||= Date.now() - beganAtMs;
      },
    });
    expect(heard).toBeGreaterThan(900);
    expect(heard).toBeLessThan(1_500);
    expect(reply.body.toString()).toBe(anthropicStart(25) + anthropicText('hello') + anthropicEnd());
  });

  it('is kept in bounded memory: what is larger passes', async () => {
    const page = `: ${'x'.repeat(1_000)}\n\n`;
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(page.repeat(400));
      await pause(900);
      response.end(anthropicStart() + anthropicText('hello') + anthropicEnd());
    });
    let first = 0;
    const beganAtMs = Date.now();
    await ask(node, {
      body: stream,
      onData: () => {
        first ||= Date.now() - beganAtMs;
      },
    });
    expect(first).toBeLessThan(850);
  });
});

describe('a stream that is quiet', () => {
  const starts: Record<string, string> = {
    '/v1/messages': anthropicStart() + anthropicText('hello'),
    '/v1/chat/completions': 'data: {"choices":[{"index":0,"delta":{"content":"hello"}}]}\n\n',
    '/v1/responses': 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"hello"}\n\n',
    '/v1beta/models/m:streamGenerateContent?alt=sse': 'data: {"candidates":[{"content":{"parts":[{"text":"hello"}]}}]}\r\n\r\n',
  };
  it.each([
    ['/v1/messages', 'event: ping\ndata: {"type": "ping"}\n\n'],
    ['/v1/chat/completions', ': keep-alive\n\n'],
    ['/v1/responses', 'event: keepalive\ndata: {"type":"keepalive"}\n\n'],
    ['/v1beta/models/m:streamGenerateContent?alt=sse', '\r\n'],
  ])('is kept alive for a caller of %s after 15 s, between events only, and it is not booked', async (path, words) => {
    const begin = starts[path] ?? '';
    let go: () => void = () => undefined;
    const { node } = await nodeBefore({ allowsModel: () => true }, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(begin);
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      response.write('data: {"ha');
      await pause(50);
      for (let second = 0; second < 40; second += 1) node.agent.load.lookAtAnswers();
      response.destroy();
    });
    let heard = '';
    const body = path.includes('responses')
      ? JSON.stringify({ model: 'm', input: 'hi', stream: true })
      : path.includes('Content')
        ? '{"contents":[]}'
        : stream;
    const running = ask(node, {
      path,
      body,
      onData: (soFar) => {
        heard = soFar.toString();
      },
    });
    await until(() => heard.includes('hello'));
    for (let second = 0; second < 15; second += 1) node.agent.load.lookAtAnswers();
    await pause(30);
    expect(heard).toBe(begin);
    for (let second = 0; second < 2; second += 1) node.agent.load.lookAtAnswers();
    await until(() => heard.length > begin.length);
    expect(heard).toBe(begin + words);
    go();
    const reply = await running;
    expect(reply.body.toString()).toBe(`${begin}${words}data: {"ha`);
    expect(node.rows).toMatchObject([{ responseBytes: begin.length + 10 }]);
  });
});
