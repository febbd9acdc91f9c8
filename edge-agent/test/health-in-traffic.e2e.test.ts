import { afterEach, describe, expect, it } from 'vitest';
import { model, upstream } from '../src/routing/test/entries.ts';
import type { GroupEntry, Snapshot } from '../src/snapshot/snapshot.ts';
import { ask, messageBody, until } from './ask.ts';
import { type Answer, anthropicAnswer, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { pause } from './faults/providers.ts';
import { nodeWith, provider } from './routing-scene.ts';
import { type SnapshotInput, sha256, testKey, testSnapshot } from './snapshot.ts';
import { startNode, type TestNode } from './start-node.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const well: Answer = (_seen, response) => json(response, 200, anthropicAnswer);
const broken: Answer = (_seen, response) => json(response, 500, '{"error":{}}');
const limited: Answer = (_seen, response) => json(response, 429, '{"error":{}}', { 'retry-after': '30' });

async function nodeBefore(random: () => number, ...answers: Answer[]) {
  const upstreams = await Promise.all(answers.map(fakeUpstream));
  const baseUrls = upstreams.map(({ url }) => url);
  const node = await startNode({ baseUrls, random });
  open.push(...upstreams, node);
  return { node, baseUrls, asked: () => upstreams.map(({ seen }) => seen.length) };
}

const groupOf = (node: TestNode) => node.snapshots.pin()?.findGroup('grp_test') as GroupEntry;

/** Three failures in a row, so long ago that the account is on trial now. */
function putOnTrial(node: TestNode, index: number): void {
  const group = groupOf(node);
  const [route] = group.services;
  const upstream = route?.upstreams[index];
  if (!route || !upstream) throw new Error('no such account');
  const atMs = Date.now() - 60_000;
  for (let n = 0; n < 3; n += 1) {
    const visit = node.agent.health.visit({ service: route.service, route, upstream, model: 'm' }, group, atMs);
    visit.ended({ kind: 'failed', reason: 'http_500' }, atMs);
  }
}

/** Answers after a while, and knows how many it had at once. */
function slowly(answer: Answer, afterMs: number) {
  const load = { now: 0, most: 0 };
  const slow: Answer = async (seen, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    await pause(afterMs);
    load.now -= 1;
    await answer(seen, response);
  };
  return { load, slow };
}

describe('an account on trial', () => {
  it('gets one of many requests that come at once, and is back after five that went well', async () => {
    const { slow, load } = slowly(well, 80);
    const { node, asked } = await nodeBefore(() => 0, slow, well);
    putOnTrial(node, 0);
    for (let round = 1; round <= 5; round += 1) {
      const replies = await Promise.all(Array.from({ length: 8 }, () => ask(node)));
      expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
      expect([load.most, asked()[0]]).toEqual([1, round]);
    }
    await Promise.all(Array.from({ length: 8 }, () => ask(node)));
    expect([load.most, asked()]).toEqual([8, [13, 35]]);
    expect(node.agent.health.drainSignals(20).map(({ kind }) => kind)).toContain('account_back');
  });

  it('gets one of many that chose it before a pause', async () => {
    const { slow, load } = slowly(well, 300);
    const conflict: Answer = async (_seen, response) => {
      await pause(50);
      json(response, 409, '{"error":{}}');
    };
    const { node, asked } = await nodeBefore(() => 1, conflict, slow);
    putOnTrial(node, 1);
    const replies = await Promise.all(Array.from({ length: 3 }, () => ask(node)));
    expect([load.most, asked()[1]]).toEqual([1, 1]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });
});

describe('thresholds', () => {
  it('are those of the group that asks, where two groups use one service', async () => {
    const bad = await fakeUpstream(broken);
    const good = await fakeUpstream(well);
    open.push(bad, good);
    const strict = snapshotOf('grp_strict', { consecutive_failures: 1 }, [bad.url, good.url]);
    const patient = snapshotOf('grp_patient', { consecutive_failures: 4 }, [bad.url, good.url]);
    const node = await startNode({ random: () => 0 });
    open.push(node);
    node.snapshots.swap(both(strict, patient));
    const askAs = async (key: string) => {
      const before = bad.seen.length;
      for (let n = 0; n < 8; n += 1) expect((await ask(node, { key })).status).toBe(200);
      return bad.seen.length - before;
    };
    expect([await askAs('acp_grp_strict'), await askAs('acp_grp_patient')]).toEqual([1, 4]);
    const { accounts_health = {} } = node.agent.health.snapshotOf();
    expect(Object.keys(accounts_health).sort()).toEqual(['grp_patient_0', 'grp_strict_0']);
  });

  it('of slow answers show in what the node says of the account', async () => {
    const { slow } = slowly(well, 60);
    const upstream = await fakeUpstream(slow);
    open.push(upstream);
    const node = await startNode({ random: () => 0 });
    open.push(node);
    node.snapshots.swap(snapshotOf('grp_fast', { response_time_ms: 20 }, [upstream.url]));
    await ask(node, { key: 'acp_grp_fast' });
    expect(node.agent.health.snapshotOf().accounts_health).toMatchObject({
      grp_fast_0: { status: 'degraded', reason: 'slow' },
    });
  });
});

function snapshotOf(groupId: string, rules: Partial<GroupEntry['health']>, baseUrls: readonly string[]): Snapshot {
  const plain = testSnapshot({ baseUrls });
  const group = plain.findGroup('grp_test') as GroupEntry;
  const services = group.services.map((route) => ({
    ...route,
    upstreams: route.upstreams.map((upstream, at) => ({ ...upstream, id: `${groupId}_${at}` })),
  }));
  const own = { id: groupId, health: { ...group.health, ...rules }, services };
  const made = testSnapshot({ baseUrls, group: own });
  const key = sha256(`acp_${groupId}`);
  return { ...made, findKey: (hash) => (hash === key ? made.findKey(sha256(testKey)) : undefined) };
}

function both(one: Snapshot, other: Snapshot): Snapshot {
  return {
    ...one,
    findKey: (hash) => one.findKey(hash) ?? other.findKey(hash),
    findGroup: (id) => one.findGroup(id) ?? other.findGroup(id),
  };
}

describe('a cool-down', () => {
  it('is of one account and one family of models', async () => {
    const { node, asked } = await nodeBefore(() => 0, limited, well);
    const askFor = (model: string) => ask(node, { body: messageBody({ model }) });
    await askFor('claude-sonnet-4-5');
    await askFor('claude-sonnet-4-5-20250929');
    expect(asked()).toEqual([1, 2]);
    await askFor('claude-haiku-4-5');
    expect(asked()).toEqual([2, 3]);
    await askFor('claude-3-5-haiku-latest');
    expect(asked()).toEqual([2, 4]);
  });
});

describe('a provider that is overloaded', () => {
  it('is passed over for another one before its own other accounts are asked', async () => {
    const overloaded: Answer = (_seen, response) => json(response, 529, '{"error":{"type":"overloaded_error"}}');
    const names = ['first', 'second', 'elsewhere'];
    const providers = await Promise.all([overloaded, well, well].map((answer) => provider(answer)));
    const [first, second, third] = providers.map(({ url }, index) =>
      upstream(names[index] ?? '', { baseUrl: url, priority: index, serviceId: index === 2 ? 'b' : 'a' }),
    );
    if (!first || !second || !third) throw new Error('three are needed');
    const models = [model('claude-sonnet-4-5')];
    const node = await nodeWith([
      { id: 'a', models, upstreams: [first, second], priority: 0 },
      { id: 'b', models, upstreams: [third], priority: 1 },
    ]);
    expect((await ask(node)).status).toBe(200);
    expect(providers.map(({ seen }) => seen.length)).toEqual([1, 0, 1]);
    expect(node.rows.map(({ upstreamId, httpStatus }) => [upstreamId, httpStatus])).toEqual([
      ['first', 529],
      ['elsewhere', 200],
    ]);
  });
});

describe('a wait', () => {
  it.each([
    [30, undefined],
    [3_600, 'false'],
  ])('of %i s that everybody needs is told with every refusal, and callers sleep through none (%s)', async (seconds, should) => {
    const { node, asked } = await nodeBefore(
      () => 0,
      (_seen, response) => json(response, 429, '{"error":{}}', { 'retry-after': String(seconds) }),
    );
    for (const reply of [await ask(node), await ask(node)]) {
      expect([reply.status, reply.headers['x-should-retry']]).toEqual([429, should]);
      expect(Math.abs(Number(reply.headers['retry-after']) - seconds)).toBeLessThan(3);
    }
    expect(asked()).toEqual([1]);
  });
});

describe('a config that changes', () => {
  const refused: Answer = ({ headers }, response) =>
    headers['x-api-key'] === 'sk-new' ? json(response, 200, anthropicAnswer) : json(response, 401, '{"error":{}}');

  it('brings an account back with its new credential at once', async () => {
    const { node, baseUrls, asked } = await nodeBefore(() => 0, refused, well);
    await ask(node);
    await ask(node);
    expect(asked()).toEqual([1, 2]);
    node.snapshots.swap(testSnapshot({ baseUrls, upstream: { secret: () => 'sk-new' } }));
    expect((await ask(node)).status).toBe(200);
    expect(asked()).toEqual([2, 2]);
    expect(node.agent.health.snapshotOf().accounts_health).toEqual({});
  });

  it('makes the node forget an account that is gone, and not hold anything against it when it comes back', async () => {
    const { node, baseUrls, asked } = await nodeBefore(() => 0, limited, well);
    await ask(node);
    expect(node.agent.health.snapshotOf().accounts_health).toHaveProperty('ups_0');
    const without: SnapshotInput = { baseUrls: baseUrls.slice(1), upstream: { id: 'ups_1' } };
    node.snapshots.swap(testSnapshot(without));
    node.agent.health.forget((id) => node.snapshots.pin()?.findGroup(id));
    expect((await ask(node)).status).toBe(200);
    expect(node.agent.health.snapshotOf().accounts_health).toEqual({});
    node.snapshots.swap(testSnapshot({ baseUrls }));
    await ask(node);
    expect(asked()[0]).toBe(2);
  });
});

it('a node that is shut down asks nobody again, and says what it was told', async () => {
  const { node, asked } = await nodeBefore(
    () => 1,
    (_seen, response) => json(response, 409, '{"error":{}}'),
  );
  const running = ask(node);
  await until(() => asked()[0] === 1);
  node.agent.load.draining = true;
  const reply = await running;
  expect([reply.status, asked(), node.rows.length]).toEqual([409, [1], 1]);
  expect(reply.headers.connection).toBe('close');
});
