import { cpSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NodeId, SessionId, UserId } from '@aicarpool/shared-protocol';
import { type ServerType, serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { issueRegistrationToken } from '../../control-plane/src/fleet/enrollment/issue-registration-token.ts';
import type { Facts } from '../../control-plane/src/fleet/facts.ts';
import { edgeApi, type Fleet, startFleet } from '../../control-plane/src/fleet/index.ts';
import { readHealth } from '../../control-plane/src/fleet/nodes/read-health.ts';
import { retireNode } from '../../control-plane/src/fleet/nodes/retire-node.ts';
import { exportSnapshot } from '../../control-plane/src/fleet/sync/sealed/export-snapshot.ts';
import { type HttpEnv, replyError, requestContext } from '../../control-plane/src/kernel/http/request-context.ts';
import { freshDatabase, type TestPg, testCtx } from '../../control-plane/test/pg.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { type Answer, anthropicAnswer, type FakeUpstream, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';

let pg: TestPg;
let fleet: Fleet;
let server: ServerType;
let url: string;
let source: ConfigSource;
const nodes: EdgeProcess[] = [];
const dirs: string[] = [];
const admin = {
  kind: 'user' as const,
  userId: 'usr_admin' as UserId,
  role: 'super_admin' as const,
  sessionId: 'ses_1' as SessionId,
};
const soon = { timeout: 20_000, interval: 20 };

/** What carpool would say, from the memory of this test; versions and pokes come from the real change log. */
const facts: Facts = {
  listPlaceableGroups: async () =>
    [...source.scopes.keys()]
      .filter((scope) => scope !== globalScope)
      .map((id) => ({ id, status: 'active' as const, mode: 'distributed' as const, nodeIds: [] })),
  readScope: async (_tx, scope) =>
    [...(source.scopes.get(scope)?.values() ?? [])].map(({ kind, id, body }) => ({ kind, id, body })),
  readFactAt: async () => undefined,
  readResources: async (tx, scope, names) =>
    (await facts.readScope(tx, scope)).filter(({ kind, id }) => names.some((name) => name.kind === kind && name.id === id)),
  dataKeysOf: async (_ctx, _tx, groupId) => [{ version: 1, key: source.dataKey(groupId) }],
};

async function put(scope: string, kind: string, id: string, body: object): Promise<void> {
  source.put(scope, kind, id, body);
  await pg.db.execute(sql`SELECT cfg_note(${scope}, ${kind}, ${id}, 'u')`);
}

async function remove(scope: string, kind: string, id: string): Promise<void> {
  source.remove(scope, kind, id);
  await pg.db.execute(sql`SELECT cfg_note(${scope}, ${kind}, ${id}, 'd')`);
}

beforeAll(async () => {
  pg = await freshDatabase();
  source = new ConfigSource();
  fleet = await startFleet(testCtx(pg), { database: pg, publicUrl: 'http://127.0.0.1', facts });
  const { db, clock, log, keyring, jobs } = testCtx(pg);
  const app = new Hono<HttpEnv>();
  app.use(requestContext({ db, clock, log, keyring, jobs }, () => '127.0.0.1'));
  app.onError(replyError);
  app.get('/healthz', (c) => c.text('ok'));
  app.route('/api/v1/edge-nodes', edgeApi(fleet));
  url = await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
});
afterAll(async () => {
  await fleet.close();
  server.close();
  await pg.close();
});
beforeEach(async () => {
  await put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: 'simulator://local' }));
  await put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
  await put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-x')));
  await put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function newNode(env: Record<string, string> = {}): Promise<{ node: EdgeProcess; dataDir: string; nodeId: NodeId }> {
  const dataDir = newDataDir();
  dirs.push(dataDir);
  const token = await issueRegistrationToken(testCtx(pg, admin), { role: 'edge', groupIds: null, expiresInMinutes: 5 }, url);
  const enrolled = await edge('enroll', '--control-plane', url, '--token', token.registrationToken, '--data-dir', dataDir);
  expect(enrolled.stderr).toBe('');
  const nodeId = /nod_[0-9a-z]+/.exec(enrolled.stdout)?.[0] as NodeId;
  const node = await runEdge(dataDir, [], [], env);
  nodes.push(node);
  return { node, dataDir, nodeId };
}

const usable = (node: EdgeProcess, key: string) =>
  vi.waitFor(async () => expect((await ask(node.origin, key)).status).toBe(200), soon);

test('with the real fleet: a key is usable, a new one within a second, a revoked one is not; a stranger and a retired node are out', async () => {
  const { node, dataDir, nodeId } = await newNode();
  await usable(node, 'acp_one');
  const startedMs = performance.now();
  await put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  await remove('grp_a', 'key', 'key_1');
  await vi.waitFor(async () => {
    expect((await ask(node.origin, 'acp_two')).status).toBe(200);
    expect((await ask(node.origin, 'acp_one')).status).toBe(401);
  }, soon);
  expect(performance.now() - startedMs).toBeLessThan(1_000);

  const examined = await edge('doctor', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '--json');
  expect(JSON.parse(examined.stdout)).toContainEqual({ what: 'identity', verdict: 'ok', found: 'accepted' });
  const replies = await fleet.askNodes(
    testCtx(pg, admin),
    {
      edges: [new Date(Date.now() - 3_600_000).toISOString(), new Date(Date.now() + 60_000).toISOString()],
      filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
      by: [],
    },
    { nodeIds: [nodeId], deadlineMs: 5_000 },
  );
  expect(replies).toMatchObject([{ nodeId, status: 'responded', answer: { outcome: 'complete' } }]);
  expect(replies[0]?.answer?.cells[0]?.requests).toBeGreaterThanOrEqual(2);

  await retireNode(testCtx(pg, admin), nodeId);
  expect((await node.kill('SIGCONT')).code).toBe(77);
});

test('with the real fleet: the older of two processes with one identity leaves', async () => {
  const { node, dataDir } = await newNode();
  await usable(node, 'acp_one');
  const copy = newDataDir();
  dirs.push(copy);
  cpSync(dataDir, copy, { recursive: true });
  const clone = await runEdge(copy);
  nodes.push(clone);
  await usable(clone, 'acp_one');
  expect((await node.kill('SIGCONT')).code).toBe(75);
  expect((await ask(clone.origin, 'acp_one')).status).toBe(200);
});

test('with the real fleet: a node tries an account when it is asked to, with the credential that was sealed to it', async () => {
  const { node, nodeId } = await newNode();
  await vi.waitFor(async () => expect(fleet.hub.holds(nodeId)).toBe(true), soon);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  const probe = { kind: 'account', group_id: 'grp_a', service: 'claude', message: 'Are you there?' } as const;
  const reply = await fleet.askProbe(testCtx(pg), {
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
  const unknown = await fleet.askProbe(testCtx(pg), {
    deadlineMs: 10_000,
    probe: { ...probe, upstream_id: 'ups_9', model: null },
  });
  expect(unknown.result).toMatchObject({ ok: false, code: 'account_unknown' });
});

describe('with the real fleet: what a node says of an account', () => {
  const refuse: Answer = ({ headers }, response) =>
    headers['x-api-key'] === 'sk-good' ? json(response, 200, anthropicAnswer) : json(response, 401, '{"error":{}}');
  const credential = (secret: string) => source.sealSecret('grp_a', 'ups_1', secret);
  let provider: FakeUpstream;
  const account = (secret: string) => upstreamBody('ups_1', 'grp_a', credential(secret), { base_url: provider.url });
  /** What the control plane read in the heartbeats of this node; others may have said something before. */
  const saidBy = async (nodeId: NodeId) => {
    const { accounts, services } = await readHealth(testCtx(pg), facts, 'grp_a', ['ups_1']);
    const own = <T extends { node_id: string }>(view: { by_node: T[] } | undefined) =>
      view?.by_node.find(({ node_id }) => node_id === nodeId);
    return { account: own(accounts.get('ups_1')), service: own(services.get('claude')) };
  };

  beforeEach(async () => {
    provider = await fakeUpstream(refuse);
    await put('grp_a', 'upstream', 'ups_1', account('sk-bad'));
  });
  afterEach(() => provider.close());

  test('is in its heartbeat: that the credential was refused, and that the service has nobody else', async () => {
    const { node, nodeId } = await newNode({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(401), soon);
    expect((await ask(node.origin, 'acp_one')).status).toBe(503);
    expect((await node.kill('SIGTERM')).code).toBe(0);
    const { account: said, service } = await saidBy(nodeId);
    expect(said).toMatchObject({ status: 'unhealthy', reason: 'http_401', success_rate: 0 });
    expect(service).toMatchObject({ status: 'unhealthy' });
  });

  test('is well again after its credential was changed, without a restart', async () => {
    const { node, nodeId } = await newNode({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(401), soon);
    await put('grp_a', 'upstream', 'ups_1', account('sk-good'));
    await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
    expect((await node.kill('SIGTERM')).code).toBe(0);
    const { account: said, service } = await saidBy(nodeId);
    expect(said).toBeUndefined();
    expect(service).toMatchObject({ status: 'healthy' });
  });
});

test('with the real fleet: an exported snapshot begins a node whose control plane is away; nobody else can use it', async () => {
  const { node, dataDir, nodeId } = await newNode();
  await usable(node, 'acp_one');
  const snapshot = JSON.stringify(await exportSnapshot(testCtx(pg, admin), fleet, nodeId));
  expect(snapshot).not.toContain('sk-x');
  expect((await node.kill('SIGTERM')).code).toBe(0);
  const fresh = newDataDir();
  dirs.push(fresh);
  cpSync(join(dataDir, 'identity.json'), join(fresh, 'identity.json'));
  const file = join(fresh, 'snapshot.json');
  writeFileSync(file, snapshot);
  const away = ['--control-plane', 'http://127.0.0.1:1', '--snapshot', file];
  const begun = await runEdge(fresh, away);
  nodes.push(begun);
  await usable(begun, 'acp_one');
  expect((await begun.kill('SIGTERM')).code).toBe(0);

  const other = await newNode();
  await usable(other.node, 'acp_one');
  expect((await other.node.kill('SIGTERM')).code).toBe(0);
  rmSync(join(other.dataDir, 'config.db'));
  await expect(runEdge(other.dataDir, away)).rejects.toThrow('The snapshot cannot be used: other node');
});
