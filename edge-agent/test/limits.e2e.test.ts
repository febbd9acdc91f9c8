import { afterEach, expect, it } from 'vitest';
import { ask, messageBody } from './ask.ts';
import { anthropicAnswer, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const none = { requests: null, tokensPerMinute: null, concurrency: null };

/** A node before a provider that answers when told, and says how many requests it works on. */
async function limited(input: Omit<NodeInput, 'baseUrls'>) {
  const waiting: (() => void)[] = [];
  const most = { at: 0 };
  const upstream = await fakeUpstream(async (_seen, response) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      most.at = Math.max(most.at, waiting.length);
    });
    json(response, 200, anthropicAnswer);
  });
  closing.push(upstream);
  const node: TestNode = await startNode({ baseUrls: [upstream.url], ...input });
  closing.push(node);
  const letOneGo = async () => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    waiting.shift()?.();
  };
  return { node, most, letOneGo };
}

it('lets requests above the number at once wait, and serves them all', async () => {
  const { node, most, letOneGo } = await limited({ group: { memberLimits: { ...none, concurrency: 2 } } });
  const answers = Array.from({ length: 5 }, () => ask(node));
  for (let at = 0; at < 5; at += 1) await letOneGo();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(most.at).toBe(2);
  expect(await ask(node, { key: 'acp_wrong' })).toMatchObject({ status: 401 });
});

it('lets as many in as ever though the wall clock of its machine is set back', async () => {
  let behindMs = 0;
  const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
  closing.push(upstream);
  const group = { memberLimits: { ...none, requests: { requests: 2, windowMs: 1_000 } } };
  const node = await startNode({ baseUrls: [upstream.url], group, nowMs: () => Date.now() - behindMs });
  closing.push(node);
  const statuses = async () => [await ask(node), await ask(node), await ask(node)].map(({ status }) => status);
  expect(await statuses()).toEqual([200, 200, 429]);
  behindMs = 3_600_000;
  expect((await ask(node)).status).toBe(429);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await statuses()).toEqual([200, 200, 429]);
});

it('refuses what does not fit the tokens of a minute, counts what was really used, and says what is left', async () => {
  const { node, letOneGo } = await limited({ key: { tokensPerMinute: 2_000 } });
  const first = ask(node, { body: messageBody({ max_tokens: 1_000 }) });
  await expect.poll(() => node.intents.length).toBe(1);
  const refused = await ask(node, { body: messageBody({ max_tokens: 1_000 }) });
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.body.toString()).error).toMatchObject({ type: 'rate_limit_error' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.headers).toMatchObject({
    'anthropic-ratelimit-tokens-limit': '2000',
    'anthropic-ratelimit-unified-status': 'rejected',
  });
  await letOneGo();
  await first;
  const second = ask(node, { body: messageBody({ max_tokens: 1_000 }) });
  await letOneGo();
  const { status, headers } = await second;
  expect(status).toBe(200);
  expect(headers['anthropic-ratelimit-tokens-limit']).toBe('2000');
  expect(Number(headers['anthropic-ratelimit-tokens-remaining'])).toBeLessThan(2_000 - 40);
});

it('refuses pictures where a group may not use them, before anything is sent or booked', async () => {
  const { node } = await limited({ group: { deniedFeatures: new Set(['vision']) } });
  const content = [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } }];
  const refused = await ask(node, { body: messageBody({ messages: [{ role: 'user', content }] }) });
  expect([refused.status, JSON.parse(refused.body.toString()).error.type]).toEqual([400, 'policy_blocked']);
  expect(node.intents).toHaveLength(0);
});
