import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Refusal } from '@aicarpool/shared-protocol';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialectModules, type Endpoint, readEndpoint } from '../src/dialects/index.ts';
import { modelEntry } from '../src/dialects/test/model-entry.ts';

type Answer = (endpoint: Endpoint, response: ServerResponse) => void;

let requests = 0;
let answer: Answer = () => {};
let base = '';

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  requests++;
  request.resume().on('end', () => {
    const reading = readEndpoint(request.method ?? '', request.url ?? '', request.headers);
    if (reading.ok) answer(reading.endpoint, response);
    else refuse(reading.refusal)(reading, response);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.closeAllConnections());
beforeEach(() => {
  requests = 0;
});

function refuse(refusal: Refusal) {
  return ({ dialect }: Pick<Endpoint, 'dialect'>, response: ServerResponse): void => {
    const { status, headers, body } = dialectModules[dialect].writeRefusal(refusal, 'req_1');
    response.writeHead(status, headers).end(body);
  };
}

function breakOff(opening: string): Answer {
  return (endpoint, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(opening);
    const refusal = { code: 'upstream_unreachable', message: 'the upstream broke off' } as const;
    response.end(dialectModules[endpoint.dialect].writeStreamError(refusal, 'req_1', endpoint));
  };
}

const listModels: Answer = (endpoint, response) => {
  const models = [modelEntry('one'), modelEntry('two')];
  const body = dialectModules[endpoint.dialect].writeModelList(
    endpoint.operation === 'get_model' ? models.slice(0, 1) : models,
    endpoint,
  );
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
};

async function failure(work: () => Promise<unknown>): Promise<{ status?: number; message: string }> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

async function drain(stream: Promise<AsyncIterable<unknown>>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const event of await stream) seen.push(event);
  return seen;
}

const retries = { maxRetries: 2 };
const anthropic = () => new Anthropic({ apiKey: 'k', baseURL: base, ...retries });
const openai = () => new OpenAI({ apiKey: 'k', baseURL: `${base}/v1`, ...retries });
const google = () => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base } });

const ask = { messages: [{ role: 'user' as const, content: 'hi' }], model: 'm' };
const clients: Record<string, { generate: () => Promise<unknown>; stream: () => Promise<unknown>; opening: string }> = {
  'anthropic sdk': {
    generate: () => anthropic().messages.create({ ...ask, max_tokens: 9 }),
    stream: () => drain(anthropic().messages.create({ ...ask, max_tokens: 9, stream: true })),
    opening: 'event: ping\ndata: {"type":"ping"}\n\n',
  },
  'openai sdk, chat': {
    generate: () => openai().chat.completions.create(ask),
    stream: () => drain(openai().chat.completions.create({ ...ask, stream: true })),
    opening: 'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n',
  },
  'openai sdk, responses': {
    generate: () => openai().responses.create({ model: 'm', input: 'hi' }),
    stream: () => drain(openai().responses.create({ model: 'm', input: 'hi', stream: true })),
    opening: 'event: response.created\ndata: {"type":"response.created","response":{}}\n\n',
  },
  'google genai sdk': {
    generate: () => google().models.generateContent({ model: 'm', contents: 'hi' }),
    stream: () => drain(google().models.generateContentStream({ model: 'm', contents: 'hi' })),
    opening: 'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\r\n\r\n',
  },
};

describe.each(Object.entries(clients))('the official %s', (_name, client) => {
  it('reads refusals and asks once where asking again cannot help', async () => {
    for (const code of ['key_unknown', 'model_not_allowed', 'model_unknown', 'body_malformed', 'body_too_large'] as const) {
      requests = 0;
      answer = refuse({ code, message: `because of ${code}` });
      const error = await failure(client.generate);
      expect(error.message).toContain(`because of ${code}`);
      expect(error.status).toBeGreaterThanOrEqual(400);
      expect(requests, code).toBe(1);
    }
  });

  it('throws when a stream is ended with our error', async () => {
    answer = breakOff(client.opening);
    expect((await failure(client.stream)).message).toContain('the upstream broke off');
    expect(requests).toBe(1);
  });
});

it('SDKs that wait by themselves come back after a refusal for now', async () => {
  const busy = refuse({ code: 'node_busy', message: 'busy', retryAfterSeconds: 1 });
  answer = (endpoint, response) => (requests === 1 ? busy(endpoint, response) : listModels(endpoint, response));
  expect((await openai().models.list()).data).toHaveLength(2);
  expect(requests).toBe(2);
});

it('every SDK reads its model list and one model', async () => {
  answer = listModels;
  const ids: (string | undefined)[] = [];
  for await (const model of anthropic().models.list()) ids.push(model.id);
  for await (const model of openai().models.list()) ids.push(model.id);
  for await (const model of await google().models.list()) ids.push(model.name);
  expect(ids).toEqual(['one', 'two', 'one', 'two', 'models/one', 'models/two']);
  expect((await anthropic().models.retrieve('one')).display_name).toBe('The one');
  expect((await openai().models.retrieve('one')).id).toBe('one');
  expect((await google().models.get({ model: 'one' })).name).toBe('models/one');
});
