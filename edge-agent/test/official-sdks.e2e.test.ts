import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKey } from './snapshot.ts';
import { startNode, type TestNode } from './start-node.ts';

/** The official SDKs, a whole node, and the node's own simulated provider behind it. */
let node: TestNode;

beforeAll(async () => {
  node = await startNode({ baseUrls: ['simulator://local'] });
});
afterAll(() => node.close());

const last = () => node.rows.at(-1);
const messages = [{ role: 'user' as const, content: 'Tell me something' }];
const simulated = 'This is a simulated answer';

describe('@anthropic-ai/sdk', () => {
  const sdk = () => new Anthropic({ baseURL: node.origin, apiKey: testKey, maxRetries: 0 });

  it('gets a message, and its tokens are booked', async () => {
    const message = await sdk().messages.create({ model: 'claude-sonnet-4-5', max_tokens: 500, messages });
    expect(message.content[0]).toMatchObject({ type: 'text', text: expect.stringContaining(simulated) });
    expect(message.model).toBe('claude-sonnet-4-5');
    expect(last()).toMatchObject({ status: 'ok', estimated: false, priced: true, stream: false });
    expect(last()?.usage).toMatchObject({ input: message.usage.input_tokens, output: message.usage.output_tokens });
    expect(last()?.costNanoUsd).toBe(message.usage.input_tokens * 3_000 + message.usage.output_tokens * 15_000);
  });

  it('streams a message, and its tokens are booked', async () => {
    const stream = sdk().messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 500, messages });
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('end_turn');
    expect(last()).toMatchObject({ status: 'ok', estimated: false, stream: true, operation: 'generate' });
    expect(last()?.usage).toMatchObject({ input: message.usage.input_tokens, output: message.usage.output_tokens });
    expect(last()?.firstByteMs).toBeLessThan(last()?.durationMs ?? 0);
  });

  it('counts tokens, which costs nothing', async () => {
    const { input_tokens } = await sdk().messages.countTokens({ model: 'claude-sonnet-4-5', messages });
    expect(input_tokens).toBeGreaterThan(0);
    expect(last()).toMatchObject({ operation: 'count_tokens', costNanoUsd: 0, usage: { input: 0, output: 0 } });
  });

  it('lists the models that the key may use', async () => {
    const models = await sdk().models.list();
    expect(models.data.map(({ id }) => id)).toEqual(['claude-sonnet-4-5']);
    const booked = node.rows.length;
    expect((await sdk().models.retrieve('claude-sonnet-4-5')).display_name).toBe('Claude Sonnet 4.5');
    await expect(sdk().models.retrieve('other')).rejects.toMatchObject({ status: 404 });
    expect(node.rows).toHaveLength(booked);
  });

  it('raises the error of the provider with its status', async () => {
    const asked = sdk().messages.create({
      model: 'claude-sonnet-4-5',
      max_tokens: 5,
      messages: [{ role: 'user', content: 'simulate 529' }],
    });
    await expect(asked).rejects.toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
  });

  it('raises an error when the stream breaks', async () => {
    const stream = sdk().messages.stream({
      model: 'claude-sonnet-4-5',
      max_tokens: 500,
      messages: [{ role: 'user', content: 'simulate cut' }],
    });
    await expect(stream.finalMessage()).rejects.toThrow();
    expect(last()).toMatchObject({ status: 'stream_broken', estimated: true });
  });

  it('raises an authentication error for a wrong key', async () => {
    const wrong = new Anthropic({ baseURL: node.origin, apiKey: 'acp_wrong' });
    await expect(wrong.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 5, messages })).rejects.toMatchObject({
      status: 401,
    });
  });
});

describe('openai', () => {
  const sdk = () => new OpenAI({ baseURL: `${node.origin}/v1`, apiKey: testKey, maxRetries: 0 });

  it('gets and streams chat completions', async () => {
    const completion = await sdk().chat.completions.create({ model: 'gpt-5', messages });
    expect(completion.choices[0]?.message.content).toContain(simulated);
    expect(last()?.usage).toMatchObject({
      input: completion.usage?.prompt_tokens,
      output: completion.usage?.completion_tokens,
    });
    const streamed = await sdk().chat.completions.stream({ model: 'gpt-5', messages }).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toContain(simulated);
    expect(last()).toMatchObject({ status: 'ok', estimated: false, stream: true, priced: false, dialect: 'openai-chat' });
  });

  it('gets and streams responses', async () => {
    const response = await sdk().responses.create({ model: 'gpt-5', input: 'hello' });
    expect(response.output_text).toContain(simulated);
    expect(last()?.usage).toMatchObject({ input: response.usage?.input_tokens, output: response.usage?.output_tokens });
    const streamed = await sdk().responses.stream({ model: 'gpt-5', input: 'hello' }).finalResponse();
    expect(streamed.status).toBe('completed');
    expect(last()).toMatchObject({ status: 'ok', estimated: false, stream: true, dialect: 'openai-responses' });
  });

  it('is told of a model that the provider does not know', async () => {
    await expect(sdk().chat.completions.create({ model: 'nobody', messages })).rejects.toMatchObject({ status: 404 });
  });

  it('lists models', async () => {
    expect((await sdk().models.list()).data.map(({ id }) => id)).toEqual(['claude-sonnet-4-5']);
  });
});

describe('@google/genai', () => {
  const sdk = () => new GoogleGenAI({ apiKey: testKey, httpOptions: { baseUrl: node.origin } });

  it('gets and streams content', async () => {
    const answer = await sdk().models.generateContent({ model: 'gemini-2.5-flash', contents: 'hello' });
    expect(answer.text).toContain(simulated);
    expect(last()?.usage).toMatchObject({
      input: answer.usageMetadata?.promptTokenCount,
      output: answer.usageMetadata?.candidatesTokenCount,
    });
    let text = '';
    for await (const part of await sdk().models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hello' })) {
      text += part.text ?? '';
    }
    expect(text).toContain(simulated);
    expect(last()).toMatchObject({ status: 'ok', estimated: false, stream: true, dialect: 'gemini' });
  });

  it('counts tokens', async () => {
    const { totalTokens } = await sdk().models.countTokens({ model: 'gemini-2.5-flash', contents: 'hello' });
    expect(totalTokens).toBeGreaterThan(0);
    expect(last()).toMatchObject({ operation: 'count_tokens', costNanoUsd: 0 });
  });
});
