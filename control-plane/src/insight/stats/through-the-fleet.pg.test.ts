import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { globalScope, noTokens } from '@aicarpool/shared-protocol';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { takeIdentity } from '../../../../edge-agent/src/commands/enroll.ts';
import { type FinalRow, type Ledger, openLedger } from '../../../../edge-agent/src/ledger/ledger.ts';
import { openLog } from '../../../../edge-agent/src/observe/log.ts';
import { openMetrics } from '../../../../edge-agent/src/observe/metrics.ts';
import { type OpenConfig, openKeep } from '../../../../edge-agent/src/snapshot/open-keep.ts';
import { ControlPlane } from '../../../../edge-agent/src/uplink/call-control-plane.ts';
import { NodeIdentity } from '../../../../edge-agent/src/uplink/signing/node-identity.ts';
import { Uplink } from '../../../../edge-agent/src/uplink/uplink.ts';
import { groupBody, keyBody, serviceBody } from '../../../../edge-agent/test/config-source.ts';
import { modelCarpool } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { edgeApi } from '../../fleet/edge-api.ts';
import { issueRegistrationToken } from '../../fleet/enrollment/issue-registration-token.ts';
import type { Facts } from '../../fleet/facts.ts';
import type { FleetParts } from '../../fleet/fleet-parts.ts';
import { Hub } from '../../fleet/hub/hub.ts';
import { SigningKeys } from '../../fleet/identity/signing-keys/signing-keys.ts';
import { nodesFor } from '../../fleet/placement/nodes-for.ts';
import { Placements } from '../../fleet/placement/placements.ts';
import { RingViews } from '../../fleet/placement/rings/ring-view.ts';
import { askNodes } from '../../fleet/questions/ask-nodes.ts';
import { noQuotas } from '../../fleet/settlement/quota-facts.ts';
import { openSettlement } from '../../fleet/settlement/settlement-parts.ts';
import { ScopeImages } from '../../fleet/sync/scope-images.ts';
import { type HttpEnv, replyError, requestContext } from '../../kernel/index.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import type { InsightParts } from '../ports.ts';
import { readGroupStats } from './read-group-stats.ts';

const pg = await freshDatabase();
const ctx = testCtx(pg);
const clocks = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const log = openLog({ level: 'silent' });

/** One group, placed on every edge node. */
const resources = {
  [globalScope]: [{ kind: 'service', id: 'claude', body: serviceBody('claude') }],
  grp_one: [
    { kind: 'group', id: 'grp_one', body: groupBody('grp_one') },
    { kind: 'key', id: 'key_1', body: keyBody('key_1', 'grp_one', 'acp_one') },
  ],
} as Record<string, { kind: string; id: string; body: object }[]>;
const factsOf = (scope: string) => (resources[scope] ?? []) as Awaited<ReturnType<Facts['readScope']>>;
const facts: Facts = {
  listPlaceableGroups: async () => [{ id: 'grp_one', status: 'active', mode: 'distributed', nodeIds: [] }],
  readScope: async (_, scope) => factsOf(scope),
  readFactAt: async () => undefined,
  readResources: async (_, scope, names) =>
    factsOf(scope).filter((one) => names.some(({ kind, id }) => kind === one.kind && id === one.id)),
  dataKeysOf: async () => [],
};

interface Node {
  readonly nodeId: string;
  readonly ledger: Ledger;
  readonly uplink: Uplink;
  readonly config: OpenConfig;
  stop(): Promise<void>;
}

const soon = { timeout: 10_000, interval: 20 };
const nodes: Node[] = [];
const dataDir = mkdtempSync(join(tmpdir(), 'fan-out-'));
let server: ReturnType<typeof serve>;
let parts: InsightParts;
let hub: Hub;
let url = '';

beforeAll(async () => {
  hub = new Hub();
  const fleetParts: FleetParts = {
    facts,
    hub,
    placements: new Placements(facts),
    rings: new RingViews(facts, new ScopeImages()),
    signingKeys: new SigningKeys(),
    settlement: openSettlement(ctx.keyring, noQuotas),
    publicUrl: 'http://127.0.0.1',
  };
  const app = new Hono<HttpEnv>();
  app.use(requestContext(ctx, () => '127.0.0.1'));
  app.onError(replyError);
  app.route('/api/v1/edge-nodes', edgeApi(fleetParts));
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (address) => resolve(address.port));
  });
  url = `http://127.0.0.1:${port}`;
  parts = {
    fleet: { bookKeepers: nodesFor, askNodes: (asker, question, options) => askNodes(hub, asker, question, options) },
    carpool: modelCarpool,
    flights: new SingleFlight(),
  };
  for (const name of ['north', 'south']) nodes.push(await startNode(name));
  await vi.waitFor(() => expect(nodes.every(({ config }) => config.status().groups.includes('grp_one'))).toBe(true), soon);
  await vi.waitFor(() => expect(nodes.every(({ nodeId }) => hub.holds(nodeId))).toBe(true), soon);
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  hub.close();
  await new Promise((resolve) => server.close(resolve));
  await pg.close();
  rmSync(dataDir, { recursive: true });
});

async function startNode(name: string): Promise<Node> {
  const { registrationToken } = await issueRegistrationToken(
    ctx,
    { nodeName: name, role: 'edge', groupIds: null, expiresInMinutes: 5 },
    url,
  );
  const identity = new NodeIdentity(await takeIdentity(url, { token: registrationToken }, clocks.nowMs), () => undefined);
  const { nodeId, centerKeys: signers } = identity;
  const folder = mkdtempSync(join(dataDir, name));
  const config = await openKeep({ dataDir: folder, identity: identity.sealing(), signers, clocks, build: 'test', log });
  const ledger = await openLedger({ dataDir: mkdtempSync(join(dataDir, name)), nowMs: clocks.nowMs, log });
  const controlPlane = new ControlPlane(url);
  const uplink = new Uplink({
    controlPlane,
    identity,
    clocks,
    random: Math.random,
    log,
    metrics: openMetrics(),
    keep: config.keep,
    ledger,
    vitals: () => ({ node_id: nodeId, status: 'active', active_requests: 0, config_version: config.status().version }),
    about: { build: 'test', bootId: name, listen: '127.0.0.1:1' },
    runProbe: () => Promise.reject(new Error('nothing is probed here')),
    drainSignals: () => [],
    onEnd: () => undefined,
  });
  uplink.start();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await uplink.stop();
    await controlPlane.close();
    await ledger.close();
  };
  return {
    nodeId,
    ledger,
    uplink,
    config,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

let booked = 0;
async function book(node: Node | undefined, over: Partial<FinalRow> = {}): Promise<void> {
  booked += 1;
  const nowMs = Date.now();
  const row: FinalRow = {
    requestId: `req_${booked}`,
    attempt: 1,
    final: true,
    startedAtMs: nowMs - 120,
    endedAtMs: nowMs,
    groupId: 'grp_one',
    keyId: 'key_1',
    userId: 'usr_1',
    service: 'claude',
    upstreamId: 'ups_1',
    dialect: 'anthropic-messages',
    operation: 'generate',
    model: 'claude-sonnet-4-5',
    stream: false,
    requestBytes: 10,
    priced: true,
    priceVersion: '1',
    status: 'ok',
    httpStatus: 200,
    usage: { ...noTokens, input: 10, output: 5 },
    costNanoUsd: 105_000,
    estimated: false,
    servedModel: null,
    firstByteMs: 50,
    durationMs: 120,
    responseBytes: 10,
    errorType: null,
    upstreamRequestId: null,
    ...over,
  };
  const { usage: _, ...intent } = row;
  await node?.ledger.intend({ ...intent, estimate: { input: 1, output: 1 }, estimateCostNanoUsd: 0 });
  await node?.ledger.settle(row);
}

const ask = (over: object = {}) =>
  readGroupStats(ctx, parts, {
    groupId: 'grp_one',
    granularity: 'hour',
    start_date: new Date(Date.now() - 3_600_000).toISOString(),
    include_user_breakdown: false,
    include_key_breakdown: true,
    force_refresh: true,
    timeout: 5,
    ...over,
  });

test('shows requests the moment they are booked, added up over nodes that dial in', async () => {
  await book(nodes[0]);
  await book(nodes[0], { usage: { ...noTokens, input: 100, cacheRead: 1000, output: 7 } });
  await book(nodes[1], { keyId: 'key_2', service: 'gemini', model: 'gemini-2.5-pro' });
  const { data, warnings } = await ask();
  expect(data.query_info).toMatchObject({ data_completeness: 1, nodes_queried: 2, nodes_responded: 2, cached: false });
  expect(data.summary).toMatchObject({
    total_requests: 3,
    total_tokens: 15 + 1107 + 15,
    total_cost_nano_usd: 315_000,
    success_rate: 100,
  });
  expect(data.by_key?.map(({ key_id, requests }) => [key_id, requests])).toEqual([
    ['key_1', 2],
    ['key_2', 1],
  ]);
  expect(data.node_details.map(({ node_name, status }) => [node_name, status])).toEqual([
    ['north', 'responded'],
    ['south', 'responded'],
  ]);
  expect(warnings).toEqual([]);
  await book(nodes[1]);
  expect((await ask()).data.summary.total_requests).toBe(4);
});

test('answers without a node that went away, and says which and since when', async () => {
  await nodes[1]?.stop();
  await expect.poll(() => hub.holds(nodes[1]?.nodeId ?? ''), { timeout: 5_000 }).toBe(false);
  const { data, warnings } = await ask({ timeout: 2 });
  expect(data.summary.total_requests).toBe(2);
  expect(data.query_info).toMatchObject({ data_completeness: 0.5, nodes_queried: 2, nodes_responded: 1 });
  expect(data.query_info.nodes_offline + data.query_info.nodes_timeout).toBe(1);
  expect(warnings[0]).toMatch(/^node south /);
  expect(data.time_series.at(-1)).toMatchObject({ expected: 2, reported: 1 });
});
