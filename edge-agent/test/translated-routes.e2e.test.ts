import { describe, expect, it } from 'vitest';
import { model, type RouteInput } from '../src/routing/test/entries.ts';
import {
  type Answer,
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  json,
} from './fake-upstream/fake-upstream.ts';
import { at, nodeWith, post, provider, speaks } from './routing-scene.ts';

const anthropic: Answer = (seen, response) => {
  if (!JSON.parse(seen.body.toString()).stream) return json(response, 200, anthropicAnswer);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(anthropicStart());
  setTimeout(() => response.write(anthropicText('hel').slice(0, 30)), 10);
  setTimeout(() => response.end(anthropicText('hel').slice(30) + anthropicText('lo') + anthropicEnd()), 20);
};
const claude = (url: string, more: Partial<RouteInput> = {}): RouteInput => ({
  id: 'claude',
  models: [model('claude-sonnet-4-5', { price: { input: 3_000_000, output: 15_000_000 } })],
  aliasOf: (name) => (name === 'gpt-5' ? 'claude-sonnet-4-5' : undefined),
  upstreams: at(url, 'c'),
  ...more,
});
const responsesBody = (more: object = {}) =>
  JSON.stringify({ model: 'gpt-5', input: [{ role: 'user', content: 'hi' }], store: false, ...more });

describe('a service of another format', () => {
  it('is asked in its own words, at its own address, with nothing of the caller’s format', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith([claude(upstream.url)]);
    const answer = await post(node, '/v1/responses', responsesBody(), {
      'openai-beta': 'x',
      originator: 'codex',
      'user-agent': 'codex/1',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ content: [{ text: 'hello' }] }],
    });
    expect(answer.headers.get('x-carpool-service')).toBe('claude');
    expect(answer.headers.get('x-carpool-model')).toBe('claude-sonnet-4-5');
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/messages' });
    expect(JSON.parse(seen?.body.toString() ?? '')).toMatchObject({ model: 'claude-sonnet-4-5', messages: [{ role: 'user' }] });
    expect(seen?.headers).toMatchObject({ 'anthropic-version': '2023-06-01', 'x-api-key': 'sk-c', 'user-agent': 'codex/1' });
    for (const name of ['openai-beta', 'originator', 'authorization']) expect(seen?.headers).not.toHaveProperty(name);
    const [row] = await node.booked(1);
    expect(row).toMatchObject({
      dialect: 'openai-responses',
      model: 'gpt-5',
      servedModel: 'claude-sonnet-4-5',
      usage: { input: 25, output: 15 },
      costNanoUsd: 25 * 3_000 + 15 * 15_000,
    });
  });

  it('streams in the format of the caller, and is booked by what its own provider counted', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith([claude(upstream.url)]);
    const answer = await post(node, '/v1/responses', responsesBody({ stream: true }));
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const text = await answer.text();
    expect(text.match(/response\.output_text\.delta",[^\n]*"delta":"[^"]*"/g)?.length).toBe(2);
    expect(text).toContain('event: response.completed');
    const [row] = await node.booked(1);
    expect(row).toMatchObject({ status: 'ok', estimated: false, usage: { input: 25, output: 15 }, stream: true });
  });

  it('says its errors as the caller’s own API does', async () => {
    const error = '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}}';
    const upstream = await provider((_, response) => json(response, 400, error));
    const node = await nodeWith([claude(upstream.url)]);
    const answer = await post(node, '/v1/responses', responsesBody());
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('max_tokens: too large') } });
  });

  it('never goes before one of the caller’s own, whatever the order of the group', async () => {
    const other = await provider(anthropic);
    const native = await provider((_, response) =>
      json(
        response,
        200,
        '{"id":"r","object":"response","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1}}',
      ),
    );
    const openai: RouteInput = {
      id: 'openai',
      models: [model('gpt-5')],
      priority: 9,
      service: speaks('openai-responses'),
      upstreams: at(native.url, 'o'),
    };
    const node = await nodeWith([claude(other.url), openai]);
    expect((await post(node, '/v1/responses', responsesBody())).headers.get('x-carpool-service')).toBe('openai');
    expect(other.seen).toHaveLength(0);
    expect(native.seen[0]?.body.toString()).toBe(responsesBody());
  });

  it('is not asked where the group wants no translation', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith([claude(upstream.url)], { translation: false });
    const refused = await (await post(node, '/v1/responses', responsesBody())).json();
    expect(refused).toMatchObject({ error: { message: expect.stringContaining('no service that speaks this API') } });
    expect(upstream.seen).toHaveLength(0);
  });

  it('gets nothing that it cannot be told; the caller hears why when nobody else can serve', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith([claude(upstream.url)]);
    const stored = responsesBody({ previous_response_id: 'resp_1' });
    const refused = await post(node, '/v1/responses', stored);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(await refused.json())).toContain('stored at OpenAI');
    expect(upstream.seen).toHaveLength(0);
  });

  it('is passed over for one that can be told', async () => {
    const chat = await provider((_, response) => json(response, 500, '{}'));
    const counting = await provider((_, response) => json(response, 200, '{"input_tokens":7}'));
    const services: RouteInput[] = [
      { id: 'chat', priority: 1, service: { ...speaks('openai-chat'), knowsModel: () => true }, upstreams: at(chat.url, 'o') },
      claude(counting.url, { priority: 2, service: { knowsModel: () => true } }),
    ];
    const node = await nodeWith(services);
    const body = '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}';
    const answer = await post(node, '/v1beta/models/gemini-3-pro:countTokens', body);
    expect(await answer.json()).toMatchObject({ totalTokens: 7 });
    expect(chat.seen).toHaveLength(0);
  });

  it('refuses a body that is no JSON', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith([claude(upstream.url)]);
    const answer = await post(node, '/v1/responses', '{"model":"gpt-5","input":"\u0001"}');
    expect(answer.status).toBe(400);
    expect(upstream.seen).toHaveLength(0);
  });
});

describe('the unified address', () => {
  const body = JSON.stringify({ model: 'gpt-5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] });
  const chatAnswer = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    model: 'gpt-5-2026',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  });
  const geminiAnswer = JSON.stringify({
    candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2 },
    modelVersion: 'gemini-3',
  });
  const others: readonly [string, RouteInput['service'], string, string][] = [
    ['openai', speaks('openai-chat'), chatAnswer, '/v1/chat/completions'],
    ['gemini', speaks('gemini'), geminiAnswer, '/v1beta/models/gpt-5:generateContent'],
  ];

  it.each(others)('is served in the format of Messages by %s', async (id, service = {}, said, path) => {
    const upstream = await provider((_, response) => json(response, 200, said));
    const node = await nodeWith([{ id, models: [model('gpt-5')], service, upstreams: at(upstream.url, 'o') }]);
    const answer = await post(node, '/api/v1/messages', body, { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'b' });
    expect(answer.headers.get('x-carpool-service')).toBe(id);
    expect(await answer.json()).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'hello' }],
      usage: { output_tokens: 2 },
    });
    expect(upstream.seen[0]?.url.split('?')[0]).toBe(path);
    expect(upstream.seen[0]?.headers).not.toHaveProperty('anthropic-beta');
    expect((await node.booked(1))[0]).toMatchObject({ status: 'ok', usage: { input: 9, output: 2 } });
  });

  it('goes to a service of Messages first, and says so', async () => {
    const upstream = await provider(anthropic);
    const openai = { id: 'openai', models: [model('gpt-5')], service: speaks('openai-chat'), upstreams: at(upstream.url, 'o') };
    const node = await nodeWith([openai, claude(upstream.url, { priority: 9 })]);
    const answer = await post(node, '/api/v1/messages', body);
    expect(answer.headers.get('x-carpool-service')).toBe('claude');
    expect(upstream.seen[0]).toMatchObject({ url: '/v1/messages' });
  });
});

describe('model lists', () => {
  it('name what the caller may use in the shape of his API, also where another format would answer', async () => {
    const upstream = await provider(anthropic);
    const node = await nodeWith(
      [claude(upstream.url, { aliasNames: ['gpt-5'] })],
      {},
      { key: { deniesModel: (name) => name === 'claude-sonnet-4-5' } },
    );
    const list = async (path: string, headers: Record<string, string>) =>
      (
        await fetch(node.origin + path, {
          headers: { authorization: 'Bearer acp_test0000000000000000000000000000000000000000', ...headers },
        })
      ).json();
    expect(await list('/v1/models', {})).toMatchObject({ object: 'list', data: [{ id: 'gpt-5' }] });
    expect(await list('/v1/models?limit=1000', { 'anthropic-version': '2023-06-01' })).toMatchObject({
      data: [{ type: 'model', id: 'gpt-5' }],
    });
    expect(await list('/v1beta/models', {})).toMatchObject({ models: [{ name: 'models/gpt-5' }] });
    expect(await list('/v1/models/gpt-5', {})).toMatchObject({ id: 'gpt-5' });
    expect(await list('/v1/models/claude-sonnet-4-5', {})).toHaveProperty('error');
    expect(upstream.seen).toHaveLength(0);
  });
});
