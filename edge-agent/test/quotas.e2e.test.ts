import type { QuotaResource } from '@aicarpool/shared-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, messageBody, type Reply } from './ask.ts';
import {
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  fakeUpstream,
  json,
} from './fake-upstream/fake-upstream.ts';
import { pause, QuotaCluster } from './quota-nodes.ts';
import type { NodeInput } from './start-node.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function scene(rules: readonly Partial<QuotaResource>[], nodes = 1, delayMs = 0) {
  const upstream = await fakeUpstream(async (_seen, response) => {
    if (delayMs > 0) await pause(delayMs);
    json(response, 200, anthropicAnswer);
  });
  closing.push(upstream);
  const cluster = new QuotaCluster(rules);
  closing.push(cluster);
  for (let at = 0; at < nodes; at += 1) await cluster.add({ baseUrls: [upstream.url] });
  return { cluster, upstream, first: cluster.nodes[0] as (typeof cluster.nodes)[number] };
}

const errorOf = ({ body }: Reply) => JSON.parse(body.toString()).error;
const small = { body: messageBody({ max_tokens: 10 }) };

describe('a budget of one node', () => {
  it('holds before an attempt, charges what was used, and settles with its row', async () => {
    const { cluster, first } = await scene([
      { unit: 'tokens' },
      { id: 'quo_usd', of: 'key', unit: 'nano_usd', limit: 5_000_000_000 },
    ]);
    expect((await ask(first)).status).toBe(200);
    const [intent] = first.intents;
    const [row] = first.rows;
    expect(intent?.holds).toHaveLength(2);
    expect(intent?.holds?.[0]?.amount).toBeGreaterThan(40);
    expect(row?.charges).toEqual([
      { win: intent?.holds?.[0]?.win, amount: 40 },
      { win: intent?.holds?.[1]?.win, amount: row?.costNanoUsd },
    ]);
    await cluster.settled();
    await expect.poll(() => cluster.settlement.window('quo_1')?.state.spent).toBe(40);
    expect(cluster.settlement.window('quo_usd', 'key_test')?.state.spent).toBe(row?.costNanoUsd);
    expect(first.agent.quotas.holding).toBe(0);
  });

  it('is asked for once by many requests that come together', async () => {
    const { cluster, first } = await scene([{}], 1, 20);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(first, small)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(cluster.settlement.questions.length).toBeLessThan(16);
  });

  it('refuses what does not fit, names the budget, and says what would', async () => {
    const { first, upstream } = await scene([{ limit: 300 }]);
    const refused = await ask(first, { body: messageBody({ max_tokens: 2_000 }) });
    expect(refused).toMatchObject({ status: 429, headers: { 'x-should-retry': 'false' } });
    expect(errorOf(refused)).toMatchObject({
      type: 'billing_error',
      quota: { id: 'quo_1', limit: 300, used: null, resets_at: null },
    });
    expect(errorOf(refused).message).toContain('this group may use 300 tokens in all; this request alone may need 2,0');
    expect(upstream.seen).toHaveLength(0);
    expect((await ask(first, small)).status).toBe(200);
  });

  it('says that it is used up, and when it begins anew', async () => {
    const { first } = await scene([{ limit: 200, window: 'day' }]);
    const statuses: number[] = [];
    for (let at = 0; at < 6; at += 1) statuses.push((await ask(first, small)).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    const refused = await ask(first, small);
    expect(refused.status).toBe(429);
    expect(errorOf(refused).quota.resets_at).toMatch(/T00:00:00.000Z$/);
    expect(errorOf(refused).message).toMatch(/it begins anew at \d{4}-\d\d-\d\d 00:00 \+00:00/);
  });

  it('is not held for counts of tokens', async () => {
    const { first } = await scene([{ limit: 0 }]);
    expect((await ask(first, { path: '/v1/messages/count_tokens' })).status).toBe(200);
    expect(errorOf(await ask(first)).type).toBe('billing_error');
  });

  it('gives an attempt that failed its own charge, and the next its own hold', async () => {
    const bad = await fakeUpstream((_seen, response) =>
      json(response, 529, '{"type":"error","error":{"type":"overloaded_error"}}'),
    );
    const good = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
    closing.push(bad, good);
    const cluster = new QuotaCluster([{}]);
    closing.push(cluster);
    const node = await cluster.add({ baseUrls: [bad.url, good.url], random: () => 0 });
    expect((await ask(node)).status).toBe(200);
    expect(node.intents.map(({ holds }) => holds?.length)).toEqual([1, 1]);
    expect(node.rows.map(({ charges }) => charges?.[0]?.amount)).toEqual([0, 40]);
    expect(node.agent.quotas.heldOf({ quota: 'quo_1', subject: '' })).toBe(0);
    expect(node.agent.quotas.holding).toBe(0);
  });
});

describe('two nodes with one budget', () => {
  it('share it to the last request, whoever has the rest', async () => {
    const { cluster } = await scene([{ limit: 4_000, mode: 'hard' }], 2);
    let used = 0;
    let refusals = 0;
    for (let at = 0; at < 120 && refusals < 4; at += 1) {
      const reply = await ask(cluster.nodes[at % 2] as (typeof cluster.nodes)[number], small);
      if (reply.status === 200) used += 40;
      else refusals += 1;
    }
    expect(refusals).toBeGreaterThan(0);
    expect(used).toBeLessThanOrEqual(4_000);
    await cluster.settled();
    expect(cluster.settlement.window('quo_1')?.state.spent).toBe(used);
  });
});

describe('a centre that is away', () => {
  it('stops nobody who is in cover, and refuses the others truly', async () => {
    const { cluster, first } = await scene([{}]);
    await Promise.all(Array.from({ length: 10 }, () => ask(first, small)));
    await cluster.settled();
    const unspent = () => {
      const state = cluster.settlement.window('quo_1')?.state;
      return state ? state.granted - state.returned - state.spent : 0;
    };
    await expect.poll(unspent, { timeout: 10_000 }).toBeGreaterThan(2_500);
    first.link.isCut = true;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(first, small)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    first.link.isCut = false;
    first.books.reachable();
    await cluster.settled();
    await expect.poll(() => cluster.settlement.window('quo_1')?.state.spent).toBe(20 * 40);
  });

  it('stops nobody though a new day begins meanwhile, and gives back what is left of the old one', async () => {
    const { cluster, first } = await scene([{ window: 'day' }]);
    const dayMs = 86_400_000;
    const aheadMs = Math.ceil(Date.now() / dayMs) * dayMs - 7_000 - Date.now();
    cluster.settlement.nowMs = () => Date.now() + aheadMs;
    expect((await ask(first, small)).status).toBe(200);
    const next = () => cluster.settlement.windows.find(({ startsAtMs }) => startsAtMs > cluster.settlement.nowMs())?.state;
    await expect.poll(() => first.agent.quotas.state().slices, { timeout: 6_000 }).toBe(2);
    expect(next()?.granted).toBeGreaterThan(100);
    first.link.isCut = true;
    await expect.poll(() => next(), { timeout: 10_000 }).toBeUndefined();
    expect((await ask(first, small)).status).toBe(200);
    const [before, after] = cluster.settlement.windows;
    expect(first.rows.map(({ charges }) => charges?.[0]?.win)).toEqual([before?.win, after?.win]);
    first.link.isCut = false;
    first.books.reachable();
    const left = () => (before ? before.state.granted - before.state.returned - before.state.spent : -1);
    await expect.poll(left, { timeout: 5_000 }).toBe(0);
    await expect.poll(() => after?.state.spent, { timeout: 5_000 }).toBe(40);
  }, 30_000);

  it('refuses who has no rights', async () => {
    const { first } = await scene([{ mode: 'soft' }]);
    first.link.isCut = true;
    const refused = await ask(first, small);
    expect(refused.status).toBe(429);
    expect(errorOf(refused)).toMatchObject({ type: 'rate_limit_error' });
    expect(errorOf(refused).message).toContain('cannot be had while the control plane is away');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('a rule that allows an overdraft', () => {
  it('lets a node that is cut off use so much beyond its rights, and tells of it', async () => {
    const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
    const cluster = new QuotaCluster([{ overdraft: 1_000 }]);
    closing.push(upstream, cluster);
    const node = await cluster.add({ baseUrls: [upstream.url], coverMs: 1 });
    expect((await ask(node, small)).status).toBe(200);
    await cluster.settled();
    const state = () => cluster.settlement.window('quo_1')?.state;
    const rights = (state()?.granted ?? 0) - (state()?.returned ?? 0);
    node.link.isCut = true;
    let used = 40;
    while ((await ask(node, small)).status === 200) used += 40;
    expect(used).toBeGreaterThan(rights);
    expect(used).toBeLessThanOrEqual(rights + 1_000);
    node.link.isCut = false;
    node.books.reachable();
    await expect.poll(() => state()?.spent, { timeout: 5_000 }).toBe(used);
  });
});

describe('a stream whose budget runs dry', () => {
  const long = async (
    rules: readonly Partial<QuotaResource>[],
    input: Partial<NodeInput> = {},
    path = '/v1/messages',
    maxTokens = 20_000,
  ) => {
    const upstream = await fakeUpstream(async (_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(anthropicStart());
      for (let at = 0; at < 40 && !response.destroyed; at += 1) {
        response.write(anthropicText('x'.repeat(700)));
        await pause(5);
      }
      response.end(anthropicEnd(8_000));
    });
    closing.push(upstream);
    const cluster = new QuotaCluster(rules);
    closing.push(cluster);
    const node = await cluster.add({ baseUrls: [upstream.url], ...input });
    const reply = await ask(node, {
      path,
      body: messageBody({ stream: true, max_tokens: maxTokens === 0 ? undefined : maxTokens }),
    });
    await node.booked(1);
    return { cluster, node, reply, text: reply.body.toString() };
  };

  it('is cut between two events, with a word about the budget', async () => {
    const { node, text, reply } = await long([{ limit: 3_000, mode: 'stream', when_dry: 'cut' }]);
    expect(reply.complete).toBe(true);
    expect(text.endsWith('}\n\n')).toBe(true);
    expect(text).toContain('event: error');
    expect(text).toContain('billing_error');
    expect(text).not.toContain('message_stop');
    const [row] = node.rows;
    expect(row).toMatchObject({ status: 'stream_broken', estimated: true });
    expect(row?.charges?.[0]?.amount).toBeLessThanOrEqual(3_000 + 250);
    expect(node.agent.quotas.holding).toBe(0);
  });

  it('is cut in the words of a caller of another dialect', async () => {
    const { node, text } = await long(
      [{ limit: 3_000, mode: 'stream', when_dry: 'cut' }],
      { service: { pathPrefix: new Map([['anthropic-messages', '']]) } },
      '/v1/chat/completions',
    );
    expect(text).toContain('"code":"insufficient_quota"');
    expect(text).not.toContain('[DONE]');
    expect(node.rows[0]).toMatchObject({ status: 'stream_broken', errorType: 'quota_too_small' });
  });

  it.each(['cut', 'overrun'] as const)(
    'is cut by a hard rule where the request names no end and the assumed one is passed, whatever the rule says of %s',
    async (when_dry) => {
      const { cluster, node, text } = await long(
        [{ limit: 3_000, mode: 'hard', max_output_tokens: 1_000, when_dry }],
        {},
        '/v1/messages',
        0,
      );
      expect(text).toContain('billing_error');
      expect(text).not.toContain('message_stop');
      await cluster.settled();
      expect(node.rows[0]?.charges?.[0]?.amount).toBeGreaterThan(1_000);
      expect(node.rows[0]?.charges?.[0]?.amount).toBeLessThanOrEqual(3_000);
      expect(cluster.settlement.window('quo_1')?.state.forced).toBe(0);
    },
  );

  it('runs on beyond what a hard rule assumed, while more can be held', async () => {
    const rule = { limit: 100_000, mode: 'hard', max_output_tokens: 1_000 } as const;
    const { cluster, node, text } = await long([rule], {}, '/v1/messages', 0);
    expect(text).toContain('message_stop');
    expect(node.rows[0]).toMatchObject({ status: 'ok', charges: [{ amount: 8_025 }] });
    await cluster.settled();
    expect(cluster.settlement.window('quo_1')?.state.forced).toBe(0);
  });

  it('overruns where the rule says so, and is told', async () => {
    const { cluster, node, text } = await long([{ limit: 3_000, mode: 'stream', when_dry: 'overrun' }]);
    expect(text).toContain('message_stop');
    expect(node.rows[0]?.charges?.[0]?.amount).toBe(8_025);
    await cluster.settled();
    await expect.poll(() => cluster.settlement.window('quo_1')?.state.forced).toBeGreaterThanOrEqual(8_025 - 3_000);
  });

  it('runs on while there is enough', async () => {
    const { text, node } = await long([{ limit: 100_000, mode: 'stream', when_dry: 'cut' }]);
    expect(text).toContain('message_stop');
    expect(node.rows[0]).toMatchObject({ status: 'ok' });
  });
});
