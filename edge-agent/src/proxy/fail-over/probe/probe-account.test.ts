import type { Probe } from '@aicarpool/shared-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type FakeUpstream, fakeUpstream } from '../../../../test/fake-upstream/fake-upstream.ts';
import { pricedModel } from '../../../../test/snapshot.ts';
import { type NodeInput, startNode, type TestNode } from '../../../../test/start-node.ts';
import { runProbe } from './run-probe.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()));
});

const good = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [
    { type: 'text', text: 'Hello! ' },
    { type: 'text', text: 'It works.' },
  ],
  stop_reason: 'end_turn',
  usage: { input_tokens: 8, output_tokens: 12, cache_read_input_tokens: 2 },
};

const json =
  (status: number, body: object): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

async function start(answer: Answer, over: Partial<NodeInput> = {}): Promise<{ node: TestNode; upstream: FakeUpstream }> {
  const upstream = await fakeUpstream(answer);
  open.push(upstream);
  const node = await startNode({ baseUrls: [upstream.url], ...over });
  open.push(node);
  return { node, upstream };
}

const probe = (over: Partial<Extract<Probe, { kind: 'account' }>> = {}): Probe => ({
  kind: 'account',
  probe_id: 'prb_1',
  group_id: 'grp_test',
  service: 'claude',
  upstream_id: null,
  model: null,
  message: 'Hello, this is a test message',
  deadline_ms: 5_000,
  ...over,
});

describe('runProbe of an account', () => {
  it('asks as a request of the group would, says what came, and books it', async () => {
    const { node, upstream } = await start(json(200, good));
    const result = await runProbe(node.agent, probe());
    expect(result).toEqual({
      ok: true,
      upstream_id: 'ups_0',
      response_time_ms: expect.any(Number),
      text: 'Hello! It works.',
      model: 'claude-sonnet-4-5-20250929',
      input_tokens: 10,
      output_tokens: 12,
      exit_address: null,
      forwarding_headers: null,
    });
    const [seen] = upstream.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/messages', headers: { 'x-api-key': 'sk-upstream-0' } });
    expect(JSON.parse(String(seen?.body))).toMatchObject({ model: 'claude-sonnet-4-5', max_tokens: 256 });
    expect(await node.booked(1)).toMatchObject([
      {
        keyId: 'probe',
        groupId: 'grp_test',
        upstreamId: 'ups_0',
        operation: 'generate',
        status: 'ok',
        final: true,
        usage: { input: 8, output: 12, cacheRead: 2 },
        estimated: false,
        costNanoUsd: 8 * 3_000 + 12 * 15_000 + 2 * 300,
      },
    ]);
  });

  it('tells a refused credential, without repeating it', async () => {
    const error = { type: 'authentication_error', message: 'invalid x-api-key: sk-upstream-0' };
    const { node } = await start(json(401, { type: 'error', error }));
    const result = await runProbe(node.agent, probe());
    expect(result).toMatchObject({ ok: false, code: 'authentication_error', http_status: 401 });
    expect(JSON.stringify(result)).not.toContain('sk-upstream');
    expect(await node.booked(1)).toMatchObject([{ status: 'upstream_error', httpStatus: 401, usage: { input: 0, output: 0 } }]);
  });

  it('goes on to the next model where the cheapest is gone, and not where one was named', async () => {
    const cheap = { ...pricedModel, model: 'claude-old', price: { input: 1, output: 1 } };
    const answer: Answer = (seen, response) => {
      const isOld = String(seen.body).includes('claude-old');
      return isOld
        ? json(404, { type: 'error', error: { type: 'not_found_error', message: 'model: claude-old' } })(seen, response)
        : json(200, good)(seen, response);
    };
    const { node } = await start(answer, { models: [pricedModel, cheap] });
    expect(await runProbe(node.agent, probe())).toMatchObject({ ok: true });
    expect(await runProbe(node.agent, probe({ model: 'claude-old' }))).toMatchObject({ ok: false, http_status: 404 });
    expect(await node.booked(3)).toHaveLength(3);
  });

  it('asks a model without a known price where no other is listed, and none where none is', async () => {
    const { node, upstream } = await start(json(200, good), { models: [{ ...pricedModel, model: 'claude-new', price: null }] });
    expect(await runProbe(node.agent, probe())).toMatchObject({ ok: true });
    expect(JSON.parse(String(upstream.seen[0]?.body)).model).toBe('claude-new');
    const bare = await start(json(200, good), { models: [] });
    expect(await runProbe(bare.node.agent, probe())).toMatchObject({ ok: false, code: 'model_unknown', http_status: null });
    expect(bare.upstream.seen).toEqual([]);
  });

  it('says what this node cannot do', async () => {
    const { node, upstream } = await start(json(200, good));
    const codeOf = async (over: object) => {
      const result = await runProbe(node.agent, probe(over));
      return result.ok ? 'ok' : result.code;
    };
    expect(await codeOf({ group_id: 'grp_other' })).toBe('service_unknown');
    expect(await codeOf({ service: 'planet' })).toBe('service_unknown');
    expect(await codeOf({ upstream_id: 'ups_9' })).toBe('account_unknown');
    await upstream.close();
    open.splice(open.indexOf(upstream), 1);
    expect(await codeOf({})).toBe('connection_refused');
  });

  it('ends at its deadline', async () => {
    const { node } = await start(() => undefined);
    const startedMs = performance.now();
    expect(await runProbe(node.agent, probe({ deadline_ms: 300 }))).toMatchObject({ ok: false });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(await node.booked(1)).toMatchObject([{ status: 'timeout', final: true }]);
  });

  it.each([
    [
      'gemini',
      'gemini-2.5-flash',
      '/v1beta/models/gemini-2.5-flash:generateContent',
      {
        candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
      },
    ],
    [
      'openai-chat',
      'gpt-5-nano',
      '/v1/chat/completions',
      {
        choices: [{ message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      },
    ],
    [
      'openai-responses',
      'gpt-5-nano',
      '/v1/responses',
      {
        status: 'completed',
        output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
        usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
      },
    ],
  ] as const)('speaks %s where the service does', async (dialect, model, path, body) => {
    const { node, upstream } = await start(json(200, body), { service: { pathPrefix: new Map([[dialect, '']]) } });
    const result = await runProbe(node.agent, probe({ model }));
    expect(result).toMatchObject({ ok: true, text: 'Hi', input_tokens: 3, output_tokens: 1 });
    expect(upstream.seen[0]?.url).toBe(path);
  });
});
