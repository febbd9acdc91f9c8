import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../src/ledger/ledger.ts';
import { ask, messageBody, type Reply, until } from './ask.ts';
import {
  type Answer,
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  event,
  fakeUpstream,
  json,
} from './fake-upstream/fake-upstream.ts';
import { passThrough } from './pass-through.ts';
import { type NodeInput, startNode } from './start-node.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** The provider speaks Anthropic Messages; callers here speak Chat Completions. */
async function nodeBefore(input: Omit<NodeInput, 'baseUrls'>, ...answers: Answer[]) {
  const upstreams = await Promise.all(answers.map(fakeUpstream));
  const service = { pathPrefix: new Map([['anthropic-messages', ''] as const]), ...input.service };
  const node = await startNode({ ...input, baseUrls: upstreams.map(({ url }) => url), random: () => 0, service });
  open.push(...upstreams, node);
  return { node, upstreams };
}

const path = '/v1/chat/completions';
const streamed = messageBody({ stream: true });
const streamHead = { 'content-type': 'text/event-stream' };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const chunksOf = ({ body }: Reply) =>
  body
    .toString()
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice(6)) as { choices?: { delta: { content?: string } }[]; error?: { message: string } });
const textOf = (reply: Reply) =>
  chunksOf(reply)
    .map(({ choices }) => choices?.[0]?.delta.content ?? '')
    .join('');

const inPieces: Answer = async (_seen, response) => {
  response.writeHead(200, { ...streamHead, 'x-should-retry': 'true', 'openai-processing-ms': '5' });
  const whole = Buffer.from(anthropicStart(25) + anthropicText('grüß ') + anthropicText('dich') + anthropicEnd(15));
  for (let at = 0; at < whole.length; at += 37) {
    response.write(whole.subarray(at, at + 37));
    await pause(1);
  }
  response.end();
};

describe('an answer in another dialect', () => {
  it('reaches the caller in his own, streamed, and is metered by what the provider said', async () => {
    const { node, upstreams } = await nodeBefore({}, inPieces);
    const reply = await ask(node, { path, body: streamed });
    expect([reply.status, reply.complete, textOf(reply)]).toEqual([200, true, 'grüß dich']);
    expect(reply.body.toString()).toMatch(/data: \[DONE\]\n\n$/);
    expect(reply.headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'transfer-encoding': 'chunked',
    });
    expect(upstreams[0]?.seen[0]?.url).toBe('/v1/messages');
    expect(node.rows).toMatchObject([
      { status: 'ok', dialect: 'openai-chat', estimated: false, usage: { input: 25, output: 15 } },
    ]);
  });

  it('of one piece comes as one, without the length that the provider gave', async () => {
    const { node } = await nodeBefore({}, (_seen, response) => json(response, 200, anthropicAnswer));
    const reply = await ask(node, { path });
    expect(JSON.parse(reply.body.toString())).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 25, completion_tokens: 15 },
    });
    expect(node.rows).toMatchObject([{ status: 'ok', usage: { input: 25, output: 15 } }]);
  });

  it.each([true, false])('does not end before it is in the books (stream: %s)', async (isStream) => {
    let letGo: () => void = () => undefined;
    const settled = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const wrapLedger = (ledger: Ledger): Ledger => ({
      ...passThrough(ledger),
      settle: async (row) => {
        await settled;
        return ledger.settle(row);
      },
    });
    const { node } = await nodeBefore({ wrapLedger }, (seen, response) =>
      isStream ? inPieces(seen, response) : json(response, 200, anthropicAnswer),
    );
    let heard = '';
    let isOver = false;
    const running = ask(node, {
      path,
      ...(isStream ? { body: streamed } : {}),
      onData: (soFar) => {
        heard = soFar.toString();
      },
    });
    void running.then(() => {
      isOver = true;
    });
    await pause(700);
    expect([isOver, heard.includes('[DONE]'), heard.includes('"stop"')]).toEqual([false, false, false]);
    expect(heard.includes('dich')).toBe(isStream);
    letGo();
    expect((await running).complete).toBe(true);
    await node.booked(1);
  });

  it('that came packed is unpacked for it', async () => {
    const packed = gzipSync(anthropicStart(25) + anthropicText('hello') + anthropicEnd(15));
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, { ...streamHead, 'content-encoding': 'gzip' });
      response.write(packed.subarray(0, 60));
      await pause(20);
      response.end(packed.subarray(60));
    });
    const reply = await ask(node, { path, body: streamed });
    expect([textOf(reply), reply.headers['content-encoding']]).toEqual(['hello', undefined]);
    expect(node.rows).toMatchObject([{ status: 'ok', usage: { input: 25, output: 15 } }]);
  });

  it('that breaks off ends with an error in the words of the caller', async () => {
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25) + anthropicText('hello'));
      await pause(50);
      response.destroy();
    });
    const reply = await ask(node, { path, body: streamed });
    expect(textOf(reply)).toBe('hello');
    expect(chunksOf(reply).at(-1)?.error?.message).toBeTruthy();
    expect(reply.body.toString()).not.toContain('[DONE]');
    expect(node.rows).toMatchObject([{ status: 'stream_broken', estimated: true, usage: { input: 25 } }]);
  });

  it('that is an error is said in his dialect, with the status and the message of the provider', async () => {
    const { node } = await nodeBefore({}, (_seen, response) =>
      json(response, 400, '{"type":"error","error":{"type":"invalid_request_error","message":"too hot"}}'),
    );
    const reply = await ask(node, { path });
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ error: { message: expect.stringContaining('too hot') } });
    expect(JSON.parse(reply.body.toString()).error.code).not.toBeNull();
  });

  it('is somebody else’s where the first one says only an error in its stream', async () => {
    const { node } = await nodeBefore(
      {},
      (_seen, response) => {
        response.writeHead(200, streamHead);
        response.end(event('error', { error: { type: 'overloaded_error', message: 'busy' } }));
      },
      inPieces,
    );
    const reply = await ask(node, { path, body: streamed });
    expect(textOf(reply)).toBe('grüß dich');
    expect(node.rows).toMatchObject([
      { final: false, errorType: 'overloaded_error' },
      { final: true, status: 'ok' },
    ]);
  });

  it('to a caller who left is booked by what passed', async () => {
    const { node } = await nodeBefore({}, async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.write(anthropicStart(25));
      for (let at = 0; at < 200 && !response.destroyed; at += 1) {
        response.write(anthropicText('word '));
        await pause(5);
      }
    });
    await ask(node, {
      path,
      body: streamed,
      onData: (bytes, hangUp) => {
        if (bytes.includes('word')) hangUp();
      },
    }).catch(() => undefined);
    await node.booked(1);
    await until(() => node.agent.load.running.size === 0);
    expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: true, usage: { input: 25 } }]);
  });
});
