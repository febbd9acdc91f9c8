import { OpenAPIHandler } from '@orpc/openapi/fetch';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, insertKeys, plainFacts } from '../../../test/plain-config.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { fleetRouterOver } from '../routes.ts';
import { fleetNodes } from '../tables.ts';
import { changeNode } from './change-node.ts';
import { markOffline } from './mark-offline.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const replica = await startReplica(pg, plainFacts, { now: () => new Date(nowMs) });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

const handler = new OpenAPIHandler(fleetRouterOver(replica.fleet));

async function api(method: string, path: string, body?: object) {
  const init = body ? { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : { method };
  const request = new Request(`http://test/admin/edge-nodes${path}`, init);
  const { response } = await handler.handle(request, { context: { ctx: replica.ctx } });
  if (!response) throw new Error(`no route for ${method} ${path}`);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function newEdge(region: string): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60, region } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  return await TestEdge.enroll(replica, registrationToken);
}

it('pokes and drops when an administrator narrows the groups of a node, and keeps the rest as it is', async () => {
  const groupId = await insertGroup(pg.db);
  await insertKeys(pg.db, groupId);
  const edge = await newEdge('SG');
  await edge.openSession(replica);
  await edge.sync(replica);
  expect([...edge.model.scopes.keys()]).toContain(groupId);

  const events = await edge.events(replica);
  const before = edge.model.base;
  await changeNode(replica.ctx, edge.nodeId, { onlyGroups: ['grp_other'] });
  let head = before;
  while (head <= before) head = (await events.nextOf('poke')).head;
  events.close();
  await edge.sync(replica);
  expect([...edge.model.scopes.keys()]).toEqual(['global']);

  const { body } = await api('PATCH', `/${edge.nodeId}`, { node_name: 'renamed', status: 'maintenance' });
  expect(body.data).toMatchObject({ node_name: 'renamed', region: 'SG', status: 'maintenance', group_ids: ['grp_other'] });
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'fleet.node.update'));
  expect(audits).toHaveLength(2);
});

it('shows nodes as the API promises: load from the heartbeat, inactive after two missed, active again', async () => {
  const edge = await newEdge('Tokyo');
  await edge.openSession(replica);
  const list = async (query = '') => (await api('GET', `?region=Tokyo${query}`)).body.data;
  expect((await list()).nodes[0]).toMatchObject({ status: 'inactive', last_heartbeat: null, health_score: null });

  const { body } = await edge.heartbeat(replica, { requests_per_minute: 45, cpu_usage_percent: 25.5 });
  expect(body.data).toMatchObject({ heartbeat_received: true, config_update_available: true, next_heartbeat_seconds: 60 });
  expect(body.data.actions).toEqual([{ action: 'update_config', config_version: expect.any(Number) }]);
  const listed = await list('&status=active');
  expect(listed.nodes[0]).toMatchObject({
    status: 'active',
    health_score: 100,
    current_load: { requests_per_minute: 45, cpu_usage_percent: 25.5 },
  });
  expect(listed.summary).toMatchObject({ total_nodes: 1, active_nodes: 1, inactive_nodes: 0, total_requests_per_minute: 45 });
  expect(listed.pagination).toEqual({ page: 1, limit: 20, total: 1 });

  nowMs += 120_000;
  expect(await markOffline(replica.ctx)).toEqual([]);
  nowMs += 1000;
  expect(await markOffline(replica.ctx)).toEqual([edge.nodeId]);
  expect((await list('&status=inactive')).nodes[0]).toMatchObject({ health_score: 0 });
  await edge.heartbeat(replica);
  expect((await pg.db.select().from(fleetNodes).where(eq(fleetNodes.id, edge.nodeId)))[0]?.online).toBe(true);
  expect((await list('&status=inactive')).nodes).toEqual([]);
});

it('takes no heartbeat for another node', async () => {
  const edge = await newEdge('Paris');
  await edge.openSession(replica);
  expect((await edge.heartbeat(replica, { node_id: 'nod_other' })).body.error.code).toBe('node_mismatch');
});
