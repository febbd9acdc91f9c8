import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeId } from '@aicarpool/shared-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readHealth } from '../../control-plane/src/fleet/nodes/read-health.ts';
import { retireNode } from '../../control-plane/src/fleet/nodes/retire-node.ts';
import { exportSnapshot } from '../../control-plane/src/fleet/sync/sealed/export-snapshot.ts';
import { testCtx } from '../../control-plane/test/pg.ts';
import { keyBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, runEdge } from './edge-process.ts';
import { type Answer, anthropicAnswer, type FakeUpstream, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { admin, RealFleet } from './real-fleet.ts';

let real: RealFleet;
const soon = { timeout: 20_000, interval: 20 };

beforeAll(async () => {
  real = await RealFleet.open();
});
afterAll(() => real.close());
beforeEach(() => real.putGroup());
afterEach(() => real.endNodes());

const usable = (node: EdgeProcess, key: string) =>
  vi.waitFor(async () => expect((await ask(node.origin, key)).status).toBe(200), soon);

test('with the real fleet: a key is usable, a new one within a second, a revoked one is not; a stranger and a retired node are out', async () => {
  const { node, dataDir, nodeId } = await real.newNode();
  await usable(node, 'acp_one');
  const startedMs = performance.now();
  await real.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  await real.remove('grp_a', 'key', 'key_1');
  await vi.waitFor(async () => {
    expect((await ask(node.origin, 'acp_two')).status).toBe(200);
    expect((await ask(node.origin, 'acp_one')).status).toBe(401);
  }, soon);
  expect(performance.now() - startedMs).toBeLessThan(1_000);

  const examined = await edge('doctor', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '--json');
  expect(JSON.parse(examined.stdout)).toContainEqual({ what: 'identity', verdict: 'ok', found: 'accepted' });
  const replies = await real.fleet.askNodes(
    testCtx(real.pg, admin),
    {
      edges: [new Date(Date.now() - 3_600_000).toISOString(), new Date(Date.now() + 60_000).toISOString()],
      filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
      by: [],
    },
    { nodeIds: [nodeId], deadlineMs: 5_000 },
  );
  expect(replies).toMatchObject([{ nodeId, status: 'responded', answer: { outcome: 'complete' } }]);
  expect(replies[0]?.answer?.cells[0]?.requests).toBeGreaterThanOrEqual(2);

  await retireNode(testCtx(real.pg, admin), nodeId);
  expect((await node.kill('SIGCONT')).code).toBe(77);
});

test('with the real fleet: the older of two processes with one identity leaves', async () => {
  const { node, dataDir } = await real.newNode();
  await usable(node, 'acp_one');
  const copy = real.newDataDir();
  cpSync(dataDir, copy, { recursive: true });
  const clone = await real.run(copy);
  await usable(clone, 'acp_one');
  expect((await node.kill('SIGCONT')).code).toBe(75);
  expect((await ask(clone.origin, 'acp_one')).status).toBe(200);
});

test('with the real fleet: a node tries an account when it is asked to, with the credential that was sealed to it', async () => {
  const { node, nodeId } = await real.newNode();
  await vi.waitFor(async () => expect(real.fleet.hub.holds(nodeId)).toBe(true), soon);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  const probe = { kind: 'account', group_id: 'grp_a', service: 'claude', message: 'Are you there?' } as const;
  const reply = await real.fleet.askProbe(testCtx(real.pg), {
    deadlineMs: 10_000,
    probe: { ...probe, upstream_id: 'ups_1', model: 'claude-sonnet-4-5' },
  });
  expect(reply).toMatchObject({
    nodeId,
    result: {
      ok: true,
      upstream_id: 'ups_1',
      text: expect.stringContaining('Are you there?'),
      output_tokens: expect.any(Number),
    },
  });
  const unknown = await real.fleet.askProbe(testCtx(real.pg), {
    deadlineMs: 10_000,
    probe: { ...probe, upstream_id: 'ups_9', model: null },
  });
  expect(unknown.result).toMatchObject({ ok: false, code: 'account_unknown' });
});

describe('with the real fleet: what a node says of an account', () => {
  const refuse: Answer = ({ headers }, response) =>
    headers['x-api-key'] === 'sk-good' ? json(response, 200, anthropicAnswer) : json(response, 401, '{"error":{}}');
  const credential = (secret: string) => real.source.sealSecret('grp_a', 'ups_1', secret);
  let provider: FakeUpstream;
  const account = (secret: string) => upstreamBody('ups_1', 'grp_a', credential(secret), { base_url: provider.url });
  /** What the control plane read in the heartbeats of this node; others may have said something before. */
  const saidBy = async (nodeId: NodeId) => {
    const { accounts, services } = await readHealth(testCtx(real.pg), real.facts, 'grp_a', ['ups_1']);
    const own = <T extends { node_id: string }>(view: { by_node: T[] } | undefined) =>
      view?.by_node.find(({ node_id }) => node_id === nodeId);
    return { account: own(accounts.get('ups_1')), service: own(services.get('claude')) };
  };

  beforeEach(async () => {
    provider = await fakeUpstream(refuse);
    await real.put('grp_a', 'upstream', 'ups_1', account('sk-bad'));
  });
  afterEach(() => provider.close());

  test('is in its heartbeat: that the credential was refused, and that the service has nobody else', async () => {
    const { node, nodeId } = await real.newNode({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(401), soon);
    expect((await ask(node.origin, 'acp_one')).status).toBe(503);
    expect((await node.kill('SIGTERM')).code).toBe(0);
    const { account: said, service } = await saidBy(nodeId);
    expect(said).toMatchObject({ status: 'unhealthy', reason: 'http_401', success_rate: 0 });
    expect(service).toMatchObject({ status: 'unhealthy' });
  });

  test('is well again after its credential was changed, without a restart', async () => {
    const { node, nodeId } = await real.newNode({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(401), soon);
    await real.put('grp_a', 'upstream', 'ups_1', account('sk-good'));
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
    expect((await node.kill('SIGTERM')).code).toBe(0);
    const { account: said, service } = await saidBy(nodeId);
    expect(said).toBeUndefined();
    expect(service).toMatchObject({ status: 'healthy' });
  });
});

test('with the real fleet: an exported snapshot begins a node whose control plane is away; nobody else can use it', async () => {
  const { node, dataDir, nodeId } = await real.newNode();
  await usable(node, 'acp_one');
  const snapshot = JSON.stringify(await exportSnapshot(testCtx(real.pg, admin), real.fleet, nodeId));
  expect(snapshot).not.toContain('sk-x');
  expect((await node.kill('SIGTERM')).code).toBe(0);
  const fresh = real.newDataDir();
  cpSync(join(dataDir, 'identity.json'), join(fresh, 'identity.json'));
  const file = join(fresh, 'snapshot.json');
  writeFileSync(file, snapshot);
  const away = ['--control-plane', 'http://127.0.0.1:1', '--snapshot', file];
  const begun = await real.run(fresh, away);
  await usable(begun, 'acp_one');
  expect((await begun.kill('SIGTERM')).code).toBe(0);

  const other = await real.newNode();
  await usable(other.node, 'acp_one');
  expect((await other.node.kill('SIGTERM')).code).toBe(0);
  rmSync(join(other.dataDir, 'config.db'));
  await expect(runEdge(other.dataDir, away)).rejects.toThrow('The snapshot cannot be used: other node');
});
