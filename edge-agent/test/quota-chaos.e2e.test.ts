import type { QuotaResource } from '@aicarpool/shared-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, messageBody } from './ask.ts';
import { anthropicAnswer, type FakeUpstream, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { pause, QuotaCluster, type QuotaNode } from './quota-nodes.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** The same every time for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** A provider that bills between nothing and what the request allows, and keeps its own count. */
async function billing(random: () => number): Promise<FakeUpstream & { readonly billed: { tokens: number } }> {
  const billed = { tokens: 0 };
  const upstream = await fakeUpstream(async ({ body }, response) => {
    const { max_tokens } = JSON.parse(body.toString());
    const usage = { input_tokens: Math.floor(random() * body.length), output_tokens: Math.floor(random() * (max_tokens + 1)) };
    await pause(random() * 30);
    if (random() < 0.1) return json(response, 500, '{"type":"error","error":{"type":"api_error","message":"no"}}');
    billed.tokens += usage.input_tokens + usage.output_tokens;
    const answer = { ...JSON.parse(anthropicAnswer), usage };
    json(response, 200, JSON.stringify(answer));
  });
  return { ...upstream, billed };
}

async function scene(rules: readonly Partial<QuotaResource>[], many: number, seed: number) {
  const random = chance(seed);
  const upstream = await billing(random);
  closing.push(upstream);
  const cluster = new QuotaCluster(rules);
  cluster.random = random;
  closing.push(cluster);
  for (let at = 0; at < many; at += 1) await cluster.add({ baseUrls: [upstream.url] });
  return { cluster, upstream, random };
}

const statuses = async (node: QuotaNode, maxTokens: number) =>
  (await ask(node, { body: messageBody({ max_tokens: maxTokens }) })).status;

describe('two nodes with one budget and hostile timing', () => {
  it.each([1, 2, 3])('never spend more than the limit where estimates are hard (seed %i)', async (seed) => {
    const { cluster, upstream, random } = await scene([{ limit: 20_000, mode: 'hard' }], 2, seed);
    for (const { link } of cluster.nodes) Object.assign(link, { loses: 0.15, doubles: 0.3, delayMs: () => random() * 60 });
    const callers = cluster.nodes.flatMap((node) =>
      Array.from({ length: 6 }, async () => {
        for (let at = 0; at < 25; at += 1) {
          const status = await statuses(node, 1 + Math.floor(random() * 400));
          if (status === 429) await pause(100);
        }
      }),
    );
    await pause(300);
    const [first] = cluster.nodes;
    if (first) first.link.isCut = true;
    await pause(400);
    if (first) first.link.isCut = false;
    await Promise.all(callers);
    expect(upstream.billed.tokens).toBeLessThanOrEqual(20_000);
    for (const { link, books } of cluster.nodes) {
      Object.assign(link, { loses: 0, doubles: 0, delayMs: () => 0 });
      books.reachable();
    }
    await cluster.settled();
    const spent = () => cluster.settlement.window('quo_1')?.state.spent ?? 0;
    const charged = cluster.nodes.flatMap(({ rows }) => rows.map(({ charges }) => charges?.[0]?.amount ?? 0));
    await expect.poll(spent, { timeout: 5_000 }).toBe(charged.reduce((sum, amount) => sum + amount, 0));
    expect(spent()).toBeGreaterThanOrEqual(upstream.billed.tokens);
    expect(spent()).toBeLessThanOrEqual(20_000);
    expect(spent()).toBeGreaterThan(2_000);
    expect(cluster.nodes.map(({ agent }) => agent.quotas.holding)).toEqual([0, 0]);
  });

  it('obey a limit that is lowered meanwhile', async () => {
    const { cluster, upstream, random } = await scene([{ limit: 40_000, mode: 'hard' }], 2, 7);
    const callers = cluster.nodes.map(async (node) => {
      for (let at = 0; at < 40; at += 1) await statuses(node, 1 + Math.floor(random() * 400));
    });
    await pause(250);
    const promised = () => {
      const state = cluster.settlement.window('quo_1')?.state;
      return state ? state.granted - state.returned : 0;
    };
    const rule = cluster.settlement.rules.get('quo_1');
    const before = Math.max(2_000, promised());
    if (rule) cluster.settlement.put({ ...rule, limit: 2_000 });
    for (const node of cluster.nodes) node.books.recall([1]);
    await Promise.all(callers);
    expect(upstream.billed.tokens).toBeLessThanOrEqual(before);
  });
});

describe('ten nodes with one budget', () => {
  it('use nearly all of it before anybody is refused', async () => {
    const limit = 400_000;
    const { cluster } = await scene([{ limit, mode: 'hard' }], 10, 11);
    let isRefused = false;
    let used = 0;
    const callers = cluster.nodes.flatMap((node, at) =>
      Array.from({ length: at < 2 ? 4 : 1 }, async () => {
        while (!isRefused) if ((await statuses(node, 400)) === 429) isRefused = true;
      }),
    );
    await Promise.all(callers);
    for (const { rows } of cluster.nodes) for (const { charges } of rows) used += charges?.[0]?.amount ?? 0;
    // What the last requests held and did not use in the end is a part of it that nobody could have had.
    expect(used / limit).toBeGreaterThan(0.97);
    expect(used).toBeLessThanOrEqual(limit);
  });
});
