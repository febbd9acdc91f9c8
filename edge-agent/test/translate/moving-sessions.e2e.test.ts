import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { model } from '../../src/routing/test/entries.ts';
import { at, nodeWith, post, provider, speaks } from '../routing-scene.ts';
import type { Loose } from './canonical.ts';
import { ProvingProvider } from './proving-providers.ts';

const models: Record<Dialect, string> = {
  'anthropic-messages': 'claude-opus-4-5',
  'openai-chat': 'chat-model',
  'openai-responses': 'gpt-5',
  gemini: 'gemini-3-pro',
};

/** A session of a client: what it sends with each step, and what it adds of the answer and of its tool. */
interface Client {
  path(model: string): string;
  body(model: string, history: readonly Loose[]): Loose;
  readonly first: Loose;
  next(answer: Loose): readonly Loose[];
}

const schema = { type: 'object', properties: { at: { type: 'integer' } } };

const clients: Record<Dialect, Client> = {
  'anthropic-messages': {
    path: () => '/v1/messages',
    first: { role: 'user', content: 'hi' },
    body: (name, messages) => ({
      model: name,
      max_tokens: 9000,
      thinking: { type: 'enabled', budget_tokens: 2000 },
      tools: [{ name: 'look', input_schema: schema }],
      messages,
    }),
    next: ({ content }) => [
      { role: 'assistant', content },
      {
        role: 'user',
        content: content
          .filter(({ type }: Loose) => type === 'tool_use')
          .map(({ id }: Loose) => ({ type: 'tool_result', tool_use_id: id, content: 'seen' })),
      },
    ],
  },
  'openai-chat': {
    path: () => '/v1/chat/completions',
    first: { role: 'user', content: 'hi' },
    body: (name, messages) => ({
      model: name,
      tools: [{ type: 'function', function: { name: 'look', parameters: schema } }],
      messages,
    }),
    next: ({ choices: [{ message }] }) => [
      message,
      ...message.tool_calls.map(({ id }: Loose) => ({ role: 'tool', tool_call_id: id, content: 'seen' })),
    ],
  },
  'openai-responses': {
    path: () => '/v1/responses',
    first: { type: 'message', role: 'user', content: 'hi' },
    body: (name, input) => ({
      model: name,
      store: false,
      include: ['reasoning.encrypted_content'],
      tools: [{ type: 'function', name: 'look', parameters: schema }],
      input,
    }),
    next: ({ output }) => [
      ...output,
      ...output
        .filter(({ type }: Loose) => type === 'function_call')
        .map(({ call_id }: Loose) => ({ type: 'function_call_output', call_id, output: 'seen' })),
    ],
  },
  gemini: {
    path: (name) => `/v1beta/models/${name}:generateContent`,
    first: { role: 'user', parts: [{ text: 'hi' }] },
    body: (_name, contents) => ({ contents, tools: [{ functionDeclarations: [{ name: 'look', parameters: schema }] }] }),
    next: ({ candidates: [{ content }] }) => [
      content,
      {
        role: 'user',
        parts: content.parts
          .filter(({ functionCall }: Loose) => functionCall)
          .map(({ functionCall: { id, name } }: Loose) => ({ functionResponse: { id, name, response: { output: 'seen' } } })),
      },
    ],
  },
};

/** Every provider after every other one, and each more than once. */
const journey: readonly Dialect[] = [
  ...['gemini', 'anthropic-messages', 'gemini', 'openai-responses', 'anthropic-messages', 'openai-chat'],
  ...['openai-responses', 'gemini', 'gemini', 'openai-chat', 'anthropic-messages', 'anthropic-messages'],
] as Dialect[];

describe('a session that goes from provider to provider', () => {
  it.each(dialects)('as %s client is understood by all of them, and each gets its own proofs back', async (caller) => {
    const providers = new Map(dialects.map((dialect) => [dialect, new ProvingProvider(dialect)] as const));
    const services = await Promise.all(
      dialects.map(async (dialect) => {
        const upstream = await provider((seen, response) => providers.get(dialect)?.answer(seen, response));
        return { id: dialect, models: [model(models[dialect])], service: speaks(dialect), upstreams: at(upstream.url, dialect) };
      }),
    );
    const node = await nodeWith(services);
    const client = clients[caller];
    const history: Loose[] = [client.first];
    for (const dialect of journey) {
      const name = models[dialect];
      const answer = await post(node, client.path(name), JSON.stringify(client.body(name, history)));
      const said = await answer.json();
      expect([dialect, providers.get(dialect)?.complaints, answer.status, JSON.stringify(said).slice(0, 200)]).toMatchObject([
        dialect,
        [],
        200,
        expect.any(String),
      ]);
      history.push(...client.next(said));
    }
    for (const [dialect, { returned }] of providers) {
      const visits = journey.filter((one) => one === dialect).length;
      expect([dialect, returned]).toEqual([dialect, Array.from({ length: visits }, (_, at) => at)]);
    }
  });
});
