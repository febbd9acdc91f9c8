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

const answers: Answer = (_, response) => json(response, 200, anthropicAnswer);
const ask = (name: string) =>
  `{ "max_tokens": 9, "model" : "${name}",\n "messages":[{"role":"user","content":"h\\u00e4"}], "x":1e3 }`;

describe('an account of the caller’s own format', () => {
  it('gets the bytes as they came', async () => {
    const claude = await provider(answers);
    const node = await nodeWith([{ id: 'claude', models: [model('claude-x')], upstreams: at(claude.url, 'a') }]);
    const answer = await post(node, '/v1/messages', ask('claude-x'));
    expect(await answer.text()).toBe(anthropicAnswer);
    expect(claude.seen[0]?.body.toString()).toBe(ask('claude-x'));
    expect(answer.headers.get('x-carpool-service')).toBe('claude');
    expect(answer.headers.get('x-carpool-model')).toBe('claude-x');
    expect(answer.headers.get('x-carpool-model-substituted')).toBeNull();
  });

  it('is asked by its own name for the model, and nothing else changes; the books hold both names and the price of its own', async () => {
    const claude = await provider(answers);
    const own = model('claude-sonnet-4-5', { price: { input: 1_000_000, output: 2_000_000 }, price_version: 'own' });
    const aliasOf = (name: string) => (name === 'best' ? 'claude-sonnet-4-5' : undefined);
    const node = await nodeWith([{ id: 'claude', models: [own], aliasOf, upstreams: at(claude.url, 'a') }]);
    const answer = await post(node, '/team/x/api/v1/messages', ask('best'));
    expect(answer.status).toBe(200);
    expect(claude.seen[0]?.url).toBe('/v1/messages');
    expect(claude.seen[0]?.body.toString()).toBe(ask('claude-sonnet-4-5'));
    expect(answer.headers.get('x-carpool-model')).toBe('claude-sonnet-4-5');
    const [row] = await node.booked(1);
    expect(row).toMatchObject({
      model: 'best',
      servedModel: 'claude-sonnet-4-5',
      costNanoUsd: 25 * 1_000 + 15 * 2_000,
      priced: true,
    });
  });

  it('of Gemini gets the name in the path', async () => {
    const gemini = await provider((_, response) =>
      json(
        response,
        200,
        '{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}',
      ),
    );
    const node = await nodeWith([
      { id: 'gemini', service: speaks('gemini'), aliasOf: () => 'gemini-3-pro', upstreams: at(gemini.url, 'g') },
    ]);
    const body = '{"contents":[{"parts":[{"text":"model"}]}]}';
    expect((await post(node, '/v1beta/models/anything:generateContent?x=1', body)).status).toBe(200);
    expect(gemini.seen[0]).toMatchObject({ url: '/v1beta/models/gemini-3-pro:generateContent?x=1' });
    expect(gemini.seen[0]?.body.toString()).toBe(body);
  });

  it('is told who calls where it is an authentication proxy, and only there', async () => {
    const claude = await provider(answers);
    const service = { id: 'claude', models: [model('claude-x')], upstreams: at(claude.url, 'a') };
    const plain = await nodeWith([service]);
    await post(plain, '/v1/messages', ask('claude-x'), { 'x-carpool-user-id': 'usr_forged' });
    const telling = await nodeWith([{ ...service, authMethod: 'proxy_auth' }]);
    await post(telling, '/v1/messages', ask('claude-x'), { 'x-carpool-user-id': 'usr_forged' });
    expect(claude.seen[0]?.headers).not.toHaveProperty('x-carpool-user-id');
    expect(claude.seen[1]?.headers).toMatchObject({
      'x-carpool-user-id': 'usr_test',
      'x-carpool-group-id': 'grp_test',
      'x-carpool-key-id': 'key_test',
      'x-api-key': 'sk-a',
    });
  });
});

const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-x', ...fields })}\n\n`;
const said = (text: string, more: object = {}) =>
  chunk({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }], ...more });
const stopped = (more: object = {}) => chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...more });
const counted = chunk({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 } });

/** Tells usage only to those that ask, as OpenAI does. */
const openai: Answer = (seen, response) => {
  const asked = JSON.parse(seen.body.toString());
  const isAsked = asked.stream_options?.include_usage === true;
  const nothing = isAsked ? { usage: null } : {};
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(said('Hel', nothing));
  response.write(said('lo', nothing).slice(0, 40));
  setTimeout(() => {
    response.write(said('lo', nothing).slice(40) + stopped(nothing));
    response.end(`${isAsked ? counted : ''}data: [DONE]\n\n`);
  }, 20);
};

describe('usage in streams of OpenAI chat', () => {
  const chatBody = (options = '') => `{"model":"gpt-x","stream":true${options},"messages":[{"role":"user","content":"hi"}]}`;
  const service = (url: string): RouteInput => ({
    id: 'openai',
    models: [model('gpt-x')],
    service: { ...speaks('openai-chat'), usageInStreams: true },
    upstreams: at(url, 'o'),
  });

  it('is asked for and booked, and kept from a caller that did not ask', async () => {
    const chat = await provider(openai);
    const node = await nodeWith([service(chat.url)]);
    const answer = await post(node, '/v1/chat/completions', chatBody());
    expect(await answer.text()).toBe(`${said('Hel')}${said('lo')}${stopped()}data: [DONE]\n\n`);
    const [row] = await node.booked(1);
    expect(row).toMatchObject({ status: 'ok', estimated: false, usage: { input: 11, output: 3 } });
  });

  it('is given to a caller that asks, byte for byte', async () => {
    const chat = await provider(openai);
    const node = await nodeWith([service(chat.url)]);
    const options = ',"stream_options":{"include_usage":true}';
    const answer = await post(node, '/v1/chat/completions', chatBody(options));
    const nothing = { usage: null };
    expect(await answer.text()).toBe(
      `${said('Hel', nothing)}${said('lo', nothing)}${stopped(nothing)}${counted}data: [DONE]\n\n`,
    );
    expect(chat.seen[0]?.body.toString()).toBe(chatBody(options));
  });

  it('is never asked for where the vendor refuses the field', async () => {
    const chat = await provider(openai);
    const base = service(chat.url);
    const node = await nodeWith([{ ...base, service: { ...base.service, vendor: 'mistral', usageInStreams: false } }]);
    const answer = await post(node, '/v1/chat/completions', chatBody(',"max_completion_tokens":5,"stream_options":{}'));
    expect(answer.status).toBe(200);
    expect(chat.seen[0]?.body.toString()).toBe(chatBody(',"max_tokens":5'));
  });
});

describe('accounts', () => {
  it('of a vendor that this build does not know are not used', async () => {
    const claude = await provider(answers);
    const node = await nodeWith([
      { id: 'c', models: [model('m')], service: { vendor: 'of-tomorrow' }, upstreams: at(claude.url, 'a') },
    ]);
    expect((await post(node, '/v1/messages', ask('m'))).status).toBe(503);
    expect(claude.seen).toHaveLength(0);
  });

  it('of others are never used for a member who is to bring his own', async () => {
    const claude = await provider(answers);
    const upstreams = [...at(claude.url, 'mine', { ownerId: 'usr_test' }), ...at(claude.url, 'yours', { ownerId: 'usr_other' })];
    const service: RouteInput = { id: 'claude', models: [model('m')], authMethod: 'individual_keys', upstreams };
    const node = await nodeWith([service]);
    expect((await post(node, '/v1/messages', ask('m'))).status).toBe(200);
    expect(claude.seen[0]?.headers['x-api-key']).toBe('sk-mine');
    const without = await nodeWith([{ ...service, upstreams: upstreams.slice(1) }]);
    const refused = await post(without, '/v1/messages', ask('m'));
    // The status with which Claude Code does not ask again.
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      type: 'error',
      error: { message: expect.stringContaining('add your own key') },
    });
  });

  it('never work on more requests at once than their cap, whoever else has to do without', async () => {
    let running = 0;
    let most = 0;
    const claude = await provider(async (_, response) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running -= 1;
      json(response, 200, anthropicAnswer);
    });
    const node = await nodeWith([{ id: 'c', models: [model('m')], upstreams: at(claude.url, 'a', { concurrency: 2 }) }]);
    const all = await Promise.all(Array.from({ length: 8 }, () => post(node, '/v1/messages', ask('m'))));
    const statuses = all.map(({ status }) => status);
    expect(most).toBe(2);
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    const refused = all.find(({ status }) => status === 429);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect((await post(node, '/v1/messages', ask('m'))).status).toBe(200);
  });

  it('keep a session, and share sessions', async () => {
    const claude = await provider(answers);
    const upstreams = Array.from({ length: 6 }, (_, one) => at(claude.url, `u${one}`)).flat();
    const node = await nodeWith([{ id: 'c', models: [model('m')], upstreams }]);
    const usedBy = async (session: string) => {
      const from = claude.seen.length;
      for (let turn = 0; turn < 3; turn += 1) await post(node, '/v1/messages', ask('m'), { 'x-claude-code-session-id': session });
      return new Set(claude.seen.slice(from).map(({ headers }) => headers['x-api-key']));
    };
    const firsts = new Set<unknown>();
    for (let one = 0; one < 12; one += 1) {
      const used = await usedBy(`session ${one}`);
      expect(used.size).toBe(1);
      for (const secret of used) firsts.add(secret);
    }
    expect(firsts.size).toBeGreaterThan(3);
  });
});

describe('a stream', () => {
  it('is forwarded without a JSON parse where nothing changes', async () => {
    const claude = await provider((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(anthropicStart() + anthropicText('x') + anthropicEnd());
    });
    const node = await nodeWith([{ id: 'c', models: [model('m')], upstreams: at(claude.url, 'a') }]);
    // Valid for every reader that only walks it, and for no JSON.parse: a lone control character in a string.
    const body = '{"model":"m","stream":true,"messages":[{"role":"user","content":"\u0001"}]}';
    const answer = await post(node, '/v1/messages', body);
    expect(await answer.text()).toBe(anthropicStart() + anthropicText('x') + anthropicEnd());
    expect(claude.seen[0]?.body.toString()).toBe(body);
  });
});
