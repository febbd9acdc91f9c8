import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ask } from './ask.ts';
import { type Answer, type FakeUpstream, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { testKey } from './snapshot.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

/** The Responses API over a WebSocket, through a whole node to a provider that only knows POST. */
const opened: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const usage = { input_tokens: 11, output_tokens: 7, total_tokens: 18 };
let answers = 0;

const begin = () => event('response.created', { response: { id: `resp_${answers}`, status: 'in_progress' } });
const say = (text: string) => event('response.output_text.delta', { delta: text, output_index: 0 });
const finish = (text: string) => {
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text }] };
  const response = { id: `resp_${answers}`, status: 'completed', output: [item], usage };
  return event('response.output_item.done', { output_index: 0, item }) + event('response.completed', { response });
};

const sayHello: Answer = (_seen, response) => {
  answers += 1;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(begin() + say('hel') + say('lo') + finish('hello'));
};

async function nodeWith(
  answer: Answer = sayHello,
  more: Partial<NodeInput> = {},
): Promise<TestNode & { upstream: FakeUpstream }> {
  answers = 0;
  const upstream = await fakeUpstream(answer);
  const node = await startNode({ baseUrls: [upstream.url], service: { id: 'openai' }, ...more });
  opened.push(upstream, node);
  return { ...node, upstream };
}

type Frame = Record<string, unknown> & { type: string };

interface Line {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  send(fields: object): void;
  /** Waits for a frame of this type that nobody waited for before. */
  next(type: string): Promise<Frame>;
}

const beta = { 'openai-beta': 'responses_websockets=2026-02-06' };

async function openLine(node: TestNode, headers: Record<string, string> = {}): Promise<Line> {
  const socket = new WebSocket(`ws://127.0.0.1:${node.port}/v1/responses`, {
    headers: { authorization: `Bearer ${testKey}`, ...beta, originator: 'codex_exec', 'thread-id': 't-1', ...headers },
  });
  const frames: Frame[] = [];
  let read = 0;
  socket.on('message', (data) => frames.push(JSON.parse(data.toString()) as Frame));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  opened.push({ close: () => socket.terminate() });
  return {
    socket,
    frames,
    send: (fields) => socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-5', store: false, ...fields })),
    next: async (type) => {
      const find = () => frames.slice(read).find((frame) => frame.type === type);
      await expect.poll(() => find() !== undefined, { timeout: 4_000 }).toBe(true);
      const found = find();
      if (!found) throw new Error(type);
      read = frames.indexOf(found) + 1;
      return found;
    },
  };
}

const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const bodyOf = (node: { upstream: FakeUpstream }, at: number) =>
  JSON.parse(node.upstream.seen[at]?.body.toString() ?? 'null') as Record<string, unknown>;

describe('a request over a WebSocket', () => {
  it('is a POST for the account, each event a frame, booked like any other', async () => {
    const node = await nodeWith();
    const line = await openLine(node);
    line.send({ input: [user('hi')], instructions: 'be kind', something_new: { a: 1 } });
    await line.next('response.completed');
    expect(line.frames.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_item.done',
      'response.completed',
    ]);
    const [seen] = node.upstream.seen;
    expect([seen?.method, seen?.url]).toEqual(['POST', '/v1/responses']);
    expect(bodyOf(node, 0)).toEqual({
      model: 'gpt-5',
      store: false,
      stream: true,
      input: [user('hi')],
      instructions: 'be kind',
      something_new: { a: 1 },
    });
    expect(seen?.headers).toMatchObject({ originator: 'codex_exec', 'thread-id': 't-1', 'content-type': 'application/json' });
    expect(seen?.headers['openai-beta']).toBeUndefined();
    expect(JSON.stringify(seen?.headers)).not.toContain(testKey);
    const [row] = await node.booked(1);
    expect(row).toMatchObject({ status: 'ok', stream: true, model: 'gpt-5', keyId: 'key_test', usage: { input: 11, output: 7 } });
    await expect
      .poll(() => [node.agent.load.requests, node.agent.load.answers, node.agent.load.bufferedBytes])
      .toEqual([0, 0, 0]);
  });

  it('is answered as the provider speaks', async () => {
    let goOn: () => void = () => undefined;
    const node = await nodeWith(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begin() + say('first'));
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      response.end(finish('first'));
    });
    const line = await openLine(node);
    line.send({ input: [user('hi')] });
    expect(await line.next('response.output_text.delta')).toMatchObject({ delta: 'first' });
    goOn();
    await line.next('response.completed');
  });

  it('may say only what is new: the account gets the whole conversation', async () => {
    const node = await nodeWith();
    const line = await openLine(node);
    line.send({ input: [user('one')] });
    const first = await line.next('response.completed');
    line.send({ input: [user('two')], previous_response_id: (first['response'] as { id: string }).id });
    const second = await line.next('response.completed');
    line.send({ input: [user('three')], previous_response_id: (second['response'] as { id: string }).id });
    await line.next('response.completed');
    const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] };
    expect(bodyOf(node, 1)['input']).toEqual([user('one'), said, user('two')]);
    expect(bodyOf(node, 2)['input']).toEqual([user('one'), said, user('two'), said, user('three')]);
    expect(bodyOf(node, 2)['previous_response_id']).toBeUndefined();
    expect(await node.booked(3)).toHaveLength(3);
  });

  it('that only prepares asks nobody and costs nothing, and is remembered', async () => {
    const node = await nodeWith();
    const line = await openLine(node);
    line.send({ generate: false, input: [user('context')] });
    const prepared = (await line.next('response.completed'))['response'] as { id: string };
    expect(node.upstream.seen).toEqual([]);
    line.send({ input: [user('hi')], previous_response_id: prepared.id });
    await line.next('response.completed');
    expect(bodyOf(node, 0)['input']).toEqual([user('context'), user('hi')]);
    expect(await node.booked(1)).toHaveLength(1);
  });

  it('that goes on from what nobody knows is told so, and one that the account may know is passed on', async () => {
    const node = await nodeWith();
    const line = await openLine(node);
    line.send({ input: [user('hi')], previous_response_id: 'resp_of_before' });
    expect(await line.next('error')).toMatchObject({ status: 400, error: { code: 'previous_response_not_found' } });
    expect(node.upstream.seen).toEqual([]);
    line.send({ input: [user('hi')], previous_response_id: 'resp_stored', store: true });
    await line.next('response.completed');
    expect(bodyOf(node, 0)['previous_response_id']).toBe('resp_stored');
  });

  it('that is refused or fails is one error frame, and the line lives on', async () => {
    const node = await nodeWith((seen, response) => {
      if (seen.body.includes('"odd"')) json(response, 400, '{"error":{"message":"odd","code":"invalid_prompt"}}');
      else sayHello(seen, response);
    });
    const line = await openLine(node);
    line.socket.send('no json');
    expect(await line.next('error')).toMatchObject({ status: 400 });
    line.send({ model: 7 });
    expect(await line.next('error')).toMatchObject({ status: 400 });
    line.send({ input: [user('odd')] });
    expect(await line.next('error')).toMatchObject({ status: 400, error: { code: 'invalid_prompt', message: 'odd' } });
    line.send({ input: [user('hi')] });
    await line.next('response.completed');
  });

  it('that breaks off ends in an error', async () => {
    const node = await nodeWith((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begin() + say('half'));
      setTimeout(() => response.destroy(), 50);
    });
    const line = await openLine(node);
    line.send({ input: [user('hi')] });
    await expect.poll(() => line.frames.some(({ type }) => type === 'error' || type === 'response.failed')).toBe(true);
    expect((await node.booked(1))[0]).toMatchObject({ status: 'stream_broken' });
  });

  it('is cut at the provider when the caller hangs up, and booked', async () => {
    const node = await nodeWith((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begin() + say('never ends'));
    });
    const line = await openLine(node);
    line.send({ input: [user('hi')] });
    await line.next('response.output_text.delta');
    line.socket.terminate();
    await expect.poll(() => node.upstream.aborted.count).toBe(1);
    expect((await node.booked(1))[0]).toMatchObject({ status: 'client_gone' });
    await expect.poll(() => [node.agent.load.requests, node.agent.load.bufferedBytes]).toEqual([0, 0]);
  });

  it('waits for the one before it', async () => {
    const node = await nodeWith();
    const line = await openLine(node);
    for (let at = 0; at < 3; at += 1) line.send({ input: [user(`question ${at}`)] });
    for (let at = 0; at < 3; at += 1) await line.next('response.completed');
    expect(node.upstream.seen.map((_, at) => bodyOf(node, at)['input'])).toEqual([0, 1, 2].map((at) => [user(`question ${at}`)]));
    const created = line.frames.map(({ type }) => type).filter((type) => type.startsWith('response.c'));
    expect(created).toEqual(Array(3).fill(['response.created', 'response.completed']).flat());
  });
});

describe('no WebSocket', () => {
  const statusOf = (node: TestNode, path: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${node.port}${path}`, { headers });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode);
        socket.terminate();
      });
      socket.on('open', () => resolve(101));
      socket.on('error', () => undefined);
    });

  it('opens for a key that is not let in, or another API', async () => {
    const node = await nodeWith();
    const key = { authorization: `Bearer ${testKey}` };
    expect(await statusOf(node, '/v1/responses', { authorization: 'Bearer acp_wrong' })).toBe(426);
    expect(await statusOf(node, '/v1/messages', key)).toBe(405);
    expect(await statusOf(node, '/v1/responses/compact', key)).toBe(426);
    expect(await statusOf(node, '/team/blue/v1/responses', key)).toBe(101);
  });

  it('keeps a node from shutting down, and none is cut in the middle of an answer', async () => {
    const upstream = await fakeUpstream(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begin() + say('slow'));
      await new Promise((resolve) => setTimeout(resolve, 400));
      response.end(finish('slow'));
    });
    opened.push(upstream);
    const node = await startNode({ baseUrls: [upstream.url], service: { id: 'openai' } });
    const idle = await openLine(node);
    const busy = await openLine(node);
    const codes: number[] = [];
    for (const { socket } of [idle, busy]) socket.on('close', (code) => codes.push(code));
    busy.send({ input: [user('hi')] });
    await busy.next('response.output_text.delta');
    const startedAt = performance.now();
    await node.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(busy.frames.at(-1)?.type).toBe('response.completed');
    expect(codes).toEqual([1001, 1001]);
    expect(node.rows.map(({ status }) => status)).toEqual(['ok']);
  });

  it('stands in the way of ordinary requests', async () => {
    const node = await nodeWith();
    await openLine(node);
    expect((await ask(node, { path: '/healthz', method: 'GET' })).status).toBe(200);
  });
});
