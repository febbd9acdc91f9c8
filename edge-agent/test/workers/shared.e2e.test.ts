import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { groupBody, keyBody } from '../config-source.ts';
import { ask, edge } from '../edge-process.ts';
import { quotaBody } from '../quota-nodes.ts';
import { Provider } from './provider.ts';
import { askMany, askOne, Stage, soon } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test('serves with several processes behind one port, and leaves with all of them', async () => {
  const node = await stage.run(3);
  const answers = await askMany(node, 30);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
  await vi.waitFor(() => {
    expect(stage.record().workers.filter(({ state }) => state === 'serving')).toHaveLength(3);
    expect(stage.record().workers.every(({ ledger }) => (ledger?.seq ?? 0) > 0)).toBe(true);
  }, soon);
  const { stdout } = await edge('status', '--data-dir', stage.dataDir);
  expect(stdout).toMatch(/worker 3 +serving, process \d+/);
  const ended = await node.kill('SIGTERM');
  expect(ended.code).toBe(0);
  await stage.workersGone();
}, 60_000);

test('never has more requests at an account than its cap, whichever workers they come to', async () => {
  stage.putAccount({ concurrency: 1 });
  stage.provider.waitMs = 5;
  const node = await stage.run(4);
  stage.provider.most = 0;
  const statuses = (await askMany(node, 200)).map(({ status }) => status);
  expect(stage.provider.most).toBe(1);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  // Nothing of it is left behind.
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
}, 60_000);

test('lets exactly as many requests in as a window of a key has, and waits its turn for what a member may have at once', async () => {
  const limits = { requests: null, tokens_per_minute: null, concurrency: 2 };
  stage.source.put(
    'grp_a',
    'key',
    'key_2',
    keyBody('key_2', 'grp_a', 'acp_two', { rate_limit: { requests: 25, window_s: 600 } }),
  );
  stage.source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { member_limits: limits }));
  const node = await stage.run(4);
  stage.provider.most = 0;
  stage.provider.waitMs = 3;
  const answers = await askMany(node, 60, 'acp_two');
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(25);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
  expect(stage.provider.most).toBe(2);
  await stage.serving(4);
}, 60_000);

test('gives back what a worker held that was killed', async () => {
  stage.putAccount({ concurrency: 1 });
  const node = await stage.run(2);
  stage.provider.waitMs = 60_000;
  const held = ask(node.origin, 'acp_one').catch(() => ({ status: 0 }));
  await vi.waitFor(() => expect(stage.provider.inside).toBe(1), soon);
  expect((await ask(node.origin, 'acp_one')).status).toBe(429);
  const busy = await vi.waitFor(() => {
    const found = stage.record().workers.find(({ active_requests }) => active_requests > 0);
    expect(found).toBeDefined();
    return found;
  }, soon);
  process.kill(busy?.pid ?? 0, 'SIGKILL');
  stage.provider.waitMs = 0;
  expect((await held).status).toBe(0);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), { timeout: 2_000, interval: 10 });
}, 60_000);

test('says what rights its workers have, and when these are too old to be used', async () => {
  const rule = quotaBody({ group_id: 'grp_a', limit: 1_000_000_000 });
  stage.center.settlement.put(rule);
  stage.source.put('grp_a', 'quota', rule.id, rule);
  stage.center.settlement.holdS = 3;
  const node = await stage.run(2);
  await askMany(node, 20);
  const settlement = () => stage.record().settlement;
  await vi.waitFor(() => expect(settlement()).toMatchObject({ slices: 2, stale: false }), soon);
  const metrics = async () => (await fetch(`${node.origin}/metrics`)).text();
  expect(await metrics()).toMatch(/quota_slices 2\n/);
  await stage.center.stop();
  await vi.waitFor(() => expect(settlement()?.stale).toBe(true), soon);
  expect((await edge('status', '--data-dir', stage.dataDir)).stdout).toContain('rights in 2 windows of budgets that are too old');
}, 60_000);

test('takes a key away from every worker within a second', async () => {
  const node = await stage.run(4);
  await vi.waitFor(() => expect(stage.center.streams).toBe(1), soon);
  const sockets = 40;
  expect((await askMany(node, sockets)).every(({ status }) => status === 200)).toBe(true);
  stage.source.remove('grp_a', 'key', 'key_1');
  stage.center.poke();
  const beganMs = performance.now();
  await vi.waitFor(async () => {
    const answers = await askMany(node, sockets);
    expect(answers.every(({ status }) => status === 401)).toBe(true);
  }, soon);
  expect(performance.now() - beganMs).toBeLessThan(1_000);
  expect((await askMany(node, 100)).every(({ status }) => status === 401)).toBe(true);
}, 60_000);

test('a provider that fails is out for all workers at once', async () => {
  const other = new Provider();
  stage.putAccount({ priority: 2, base_url: await other.start() }, 'ups_2');
  const node = await stage.run(4);
  stage.provider.status = 500;
  // One after the other: of requests at once only some may be repeated.
  for (let at = 0; at < 8; at += 1) expect((await askOne(node)).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const asked = stage.provider.asked;
  expect((await askMany(node, 60)).every(({ status }) => status === 200)).toBe(true);
  expect(stage.provider.asked).toBe(asked);
  other.stop();
}, 60_000);
