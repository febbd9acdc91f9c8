import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { QuotaResource, SessionId, UserId } from '@aicarpool/shared-protocol';
import { type ServerType, serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { issueRegistrationToken } from '../../control-plane/src/fleet/enrollment/issue-registration-token.ts';
import type { Facts } from '../../control-plane/src/fleet/facts.ts';
import { edgeApi, type Fleet, startFleet } from '../../control-plane/src/fleet/index.ts';
import type { QuotaFacts } from '../../control-plane/src/fleet/settlement/quota-facts.ts';
import { type HttpEnv, replyError, requestContext } from '../../control-plane/src/kernel/http/request-context.ts';
import { freshDatabase, type TestPg, testCtx } from '../../control-plane/test/pg.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { quotaBody } from './quota-nodes.ts';

/** Two nodes as programs, the real fleet, a real Postgres: one budget. */
let pg: TestPg;
let fleet: Fleet;
let server: ServerType;
let url: string;
const source = new ConfigSource();
const nodes: EdgeProcess[] = [];
const dirs: string[] = [];
const soon = { timeout: 30_000, interval: 100 };
const admin = {
  kind: 'user' as const,
  userId: 'usr_admin' as UserId,
  role: 'super_admin' as const,
  sessionId: 'ses_1' as SessionId,
};
const rule: QuotaResource = quotaBody({ group_id: 'grp_a', limit: 12_000, window: 'day' });

const facts: Facts = {
  listPlaceableGroups: async () => [{ id: 'grp_a', status: 'active', mode: 'distributed', nodeIds: [] }],
  readScope: async (_tx, scope) =>
    [...(source.scopes.get(scope)?.values() ?? [])].map(({ kind, id, body }) => ({ kind, id, body })),
  readFactAt: async () => undefined,
  readResources: async (tx, scope, names) =>
    (await facts.readScope(tx, scope)).filter(({ kind, id }) => names.some((name) => name.kind === kind && name.id === id)),
  dataKeysOf: async (_ctx, _tx, groupId) => [{ version: 1, key: source.dataKey(groupId) }],
};

const quotas: QuotaFacts = {
  readQuotas: async (_tx, ids) => (ids.includes(rule.id) ? [{ quota: rule, timeZone: 'Asia/Shanghai', alertPercent: 80 }] : []),
  knownSubjects: async (_tx, _group, _of, ids) => new Set(ids),
  readConfigTimes: async () => new Map([['grp_a', null]]),
  onQuotaCrossed: async () => undefined,
};

async function put(scope: string, kind: string, id: string, body: object): Promise<void> {
  source.put(scope, kind, id, body);
  await pg.db.execute(sql`SELECT cfg_note(${scope}, ${kind}, ${id}, 'u')`);
}

beforeAll(async () => {
  pg = await freshDatabase();
  fleet = await startFleet(testCtx(pg), { database: pg, publicUrl: 'http://127.0.0.1', facts, quotas });
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
  await put('grp_a', 'group', 'grp_a', groupBody('grp_a', { time_zone: 'Asia/Shanghai' }));
  await put('grp_a', 'quota', rule.id, rule);
  await put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-x')));
  await put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function newNode(): Promise<EdgeProcess> {
  const dataDir = newDataDir();
  dirs.push(dataDir);
  const token = await issueRegistrationToken(testCtx(pg, admin), { role: 'edge', groupIds: null, expiresInMinutes: 5 }, url);
  await edge('enroll', '--control-plane', url, '--token', token.registrationToken, '--data-dir', dataDir);
  const node = await runEdge(dataDir);
  nodes.push(node);
  return node;
}

const sums = async () => {
  const [window] = await pg.db.execute<{ granted: string; returned: string; spent: string }>(
    sql`SELECT sum(granted) AS granted, sum(returned) AS returned, sum(spent) AS spent FROM fleet_windows`,
  );
  const [rows] = await pg.db.execute<{ tokens: string; requests: string }>(
    sql`SELECT sum(input + cache_read + cache_write + output) AS tokens, sum(requests) AS requests FROM fleet_hourly_totals`,
  );
  const held = Number(window?.granted) - Number(window?.returned);
  return { held, spent: Number(window?.spent), tokens: Number(rows?.tokens), requests: Number(rows?.requests) };
};

test('two nodes use one budget to its end, whoever has the rest; the books agree, and what a node leaves behind goes back', async () => {
  const both = await Promise.all([newNode(), newNode()]);
  for (const node of both) await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  let served = both.length;
  let refusal = '';
  for (let at = 0; at < 400 && refusal === ''; at += 1) {
    const node = both[at % 2] as EdgeProcess;
    const { status, body } = await ask(node.origin, 'acp_one');
    if (status === 200) served += 1;
    else if (JSON.parse(body).error.type === 'billing_error') refusal = body;
  }
  expect(JSON.parse(refusal).error.message).toMatch(
    /this group may use 12,000 tokens a day; .*it begins anew at .* 00:00 \+08:00/,
  );
  await vi.waitFor(async () => {
    const { requests, tokens, spent } = await sums();
    expect(requests).toBe(served);
    expect(spent).toBe(tokens);
  }, soon);
  for (const node of both) expect((await node.kill('SIGTERM')).code).toBe(0);
  const { held, spent } = await sums();
  expect(held).toBe(spent);
  expect(spent).toBeLessThanOrEqual(12_000);
});
