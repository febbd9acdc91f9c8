import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { ask } from './ask.ts';
import { fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { QuotaCluster } from './quota-nodes.ts';
import { testKey } from './snapshot.ts';

/** How the official SDKs take a budget that is used up: one question, and our own words. */
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function dryNode(dialect?: 'anthropic-messages') {
  const upstream = await fakeUpstream((_seen, response) => json(response, 200, '{}'));
  const cluster = new QuotaCluster([{ limit: 0, window: 'month' }]);
  closing.push(upstream, cluster);
  const only = dialect && new Map([[dialect, '']]);
  const node = await cluster.add({ baseUrls: [upstream.url], ...(only && { service: { pathPrefix: only } }) });
  const asked = vi.spyOn(node.agent.gate, 'enter');
  return { node, upstream, asked };
}

const message = [{ role: 'user' as const, content: 'hello' }];
const ours = /this group may use 0 tokens a month; that is nothing/;

const failureOf = async (asking: PromiseLike<unknown>): Promise<Error & { status?: number; code?: string }> => {
  try {
    await asking;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was answered');
};

describe('a budget that is used up', () => {
  it.each([false, true])('is told to the SDK of Anthropic once (stream: %s)', async (stream) => {
    const { node, asked, upstream } = await dryNode();
    const sdk = new Anthropic({ baseURL: node.origin, apiKey: testKey });
    const failure = await failureOf(
      sdk.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 10, messages: message, stream }),
    );
    expect(failure).toMatchObject({
      status: 429,
      error: { error: { type: 'billing_error', message: expect.stringMatching(ours) } },
    });
    expect([asked.mock.calls.length, upstream.seen.length]).toEqual([1, 0]);
  });

  it('is told to the SDK of OpenAI once, in both of its APIs', async () => {
    const { node, asked } = await dryNode();
    const sdk = new OpenAI({ baseURL: `${node.origin}/v1`, apiKey: testKey });
    const chat = await failureOf(sdk.chat.completions.create({ model: 'gpt-5', messages: message }));
    expect(chat).toMatchObject({ status: 429, code: 'insufficient_quota', message: expect.stringMatching(ours) });
    expect(asked.mock.calls.length).toBe(1);
    // Codex shows a text of its own on a 429 for a budget, and the message of a 400 that has a code.
    const responses = await failureOf(sdk.responses.create({ model: 'gpt-5', input: 'hello' }));
    expect(responses).toMatchObject({ status: 400, code: 'insufficient_quota', message: expect.stringMatching(ours) });
    expect(asked.mock.calls.length).toBe(2);
  });

  it('is told to the SDK of Google once, as a quota of a day', async () => {
    const { node, asked } = await dryNode();
    const sdk = new GoogleGenAI({ apiKey: testKey, httpOptions: { baseUrl: node.origin } });
    const failure = await failureOf(sdk.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hello' }));
    expect(failure.status).toBe(429);
    const { error } = JSON.parse(failure.message);
    expect(error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED', message: expect.stringMatching(ours) });
    const types = error.details.map((detail: Record<string, string>) => detail['@type']?.split('.').at(-1));
    expect(types).toEqual(['ErrorInfo', 'QuotaFailure']);
    expect(error.details[1].violations[0].quotaId).toContain('PerDay');
    expect(error.details[0].metadata).toMatchObject({ limit: '0', unit: 'tokens', window: 'month' });
    expect(asked.mock.calls.length).toBe(1);
  });

  it('speaks the dialect of the caller where the account speaks another', async () => {
    const { node, asked, upstream } = await dryNode('anthropic-messages');
    const sdk = new OpenAI({ baseURL: `${node.origin}/v1`, apiKey: testKey });
    const failure = await failureOf(
      sdk.chat.completions.create({ model: 'claude-sonnet-4-5', messages: message, max_tokens: 5 }),
    );
    expect(failure).toMatchObject({ status: 429, code: 'insufficient_quota', message: expect.stringMatching(ours) });
    expect([asked.mock.calls.length, upstream.seen.length]).toEqual([1, 0]);
  });

  it('is told over a WebSocket, which stays open', async () => {
    const { node } = await dryNode();
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/v1/responses`, { headers: { authorization: `Bearer ${testKey}` } });
    const frames: Record<string, unknown>[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once('open', resolve));
    const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }];
    for (let at = 1; at <= 2; at += 1) {
      socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-5', input }));
      await expect.poll(() => frames.length).toBe(at);
    }
    expect(frames[1]).toMatchObject({
      type: 'error',
      error: { code: 'insufficient_quota', message: expect.stringMatching(ours) },
    });
    socket.close();
  });
});

describe('a request that a smaller limit of output would make fit', () => {
  it('is told which', async () => {
    const upstream = await fakeUpstream((_seen, response) => json(response, 200, '{}'));
    const cluster = new QuotaCluster([{ limit: 3_000, mode: 'hard' }]);
    closing.push(upstream, cluster);
    const node = await cluster.add({ baseUrls: [upstream.url] });
    const body = (max_tokens: number) => JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens, messages: message });
    const refused = await ask(node, { body: body(2_900) });
    const { error } = JSON.parse(refused.body.toString());
    const fits = error.quota.affordable_max_tokens;
    expect(error.message).toContain(`with max_tokens of at most ${fits} it would fit`);
    expect((await ask(node, { body: body(fits + 1) })).status).toBe(429);
    expect((await ask(node, { body: body(fits) })).status).toBe(200);
  });

  it('must say how long its answer may become where the budget is hard', async () => {
    const cluster = new QuotaCluster([{ mode: 'hard' }]);
    closing.push(cluster);
    const node = await cluster.add({ baseUrls: ['http://127.0.0.1:9'] });
    const refused = await ask(node, {
      path: '/v1/chat/completions',
      body: JSON.stringify({ model: 'gpt-5', messages: message }),
    });
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.body.toString()).error.message).toContain('send it with a limit of output tokens');
  });
});
