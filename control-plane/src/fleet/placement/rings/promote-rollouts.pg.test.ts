import type { GroupId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeGroup, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { call, type Replica, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../../test/pg.ts';
import { dataKeysOf, listPlaceableGroups, readFactAt, readQuotas, readResources, readScope } from '../../../carpool/index.ts';
import { carpoolGroups, carpoolServices } from '../../../carpool/tables.ts';
import { type Ctx, currentHead } from '../../../kernel/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import type { Facts } from '../../facts.ts';
import { changeNode } from '../../nodes/change-node.ts';
import { fleetNodes } from '../../tables.ts';
import { promoteRollout, promoteRollouts } from './promote-rollouts.ts';
import { rolloutViews } from './rollout-views.ts';

const facts = { listPlaceableGroups, readScope, readResources, readFactAt, readQuotas, dataKeysOf } as Facts;
let pg: TestPg;
let replica: Replica;
let system: Ctx;
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const minute = 60_000;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  const clock = { now: () => new Date(nowMs) };
  replica = await startReplica(pg, facts, clock);
  system = testCtx(pg, { kind: 'system', name: 'fleet' }, { clock });
});
afterAll(async () => {
  await replica.close();
  await pg.close();
});

async function scene() {
  await pg.db.update(fleetNodes).set({ ring: 0 });
  const manager = await newPerson(pg);
  const { id } = await makeGroup(manager, { enabled_services: ['claude'], deployment_mode: 'distributed' });
  await pg.db
    .update(carpoolGroups)
    .set({ status: 'active' })
    .where(eq(carpoolGroups.id, id as GroupId));
  const edges: TestEdge[] = [];
  for (const ring of [0, 1, 3]) edges.push(await newEdge(id, ring));
  const [inner, middle, outer] = edges;
  if (!inner || !middle || !outer) throw new Error('three nodes were wanted');
  return { id: id as GroupId, inner, middle, outer, edges };
}

async function newEdge(groupId: string, ring: number): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 * 24 * 7 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  await changeNode(system, edge.nodeId, { ring });
  await edge.sync(replica);
  await pg.db.update(fleetNodes).set({ online: true }).where(eq(fleetNodes.id, edge.nodeId));
  return edge;
}

const rolloutsOf = async (id: string) => (await rolloutViews(system, facts)).filter((view) => view.id === id);
const strategyAt = (edge: TestEdge, groupId: string) => bodyAt(edge, groupId, `group/${groupId}`)['routing'];
const bodyAt = (edge: TestEdge, scope: string, name: string) =>
  (edge.model.scopes.get(scope)?.resources.get(name)?.body ?? {}) as Record<string, unknown>;

const setRouting = (id: GroupId, strategy: 'cost' | 'weight' | 'performance') =>
  pg.db.update(carpoolGroups).set({ routing: { strategy } }).where(eq(carpoolGroups.id, id));

async function syncAll(edges: readonly TestEdge[]): Promise<void> {
  for (const edge of edges) await edge.sync(replica);
}

it('tells ring 0 at once, and each further ring once all before it are well with the change for five minutes', async () => {
  const { id, inner, middle, outer, edges } = await scene();
  await setRouting(id, 'cost');
  await syncAll(edges);
  expect(strategyAt(inner, id)).toMatchObject({ strategy: 'cost' });
  for (const edge of [middle, outer]) expect(strategyAt(edge, id)).toMatchObject({ strategy: 'priority' });
  await promoteRollouts(system, facts);
  nowMs += 4 * minute;
  await promoteRollouts(system, facts);
  await syncAll(edges);
  expect(strategyAt(middle, id)).toMatchObject({ strategy: 'priority' });
  nowMs += minute;
  await promoteRollouts(system, facts);
  await syncAll(edges);
  expect(strategyAt(middle, id)).toMatchObject({ strategy: 'cost' });
  expect(strategyAt(outer, id)).toMatchObject({ strategy: 'priority' });
  expect(await rolloutsOf(id)).toMatchObject([{ id, ring: 1, next_ring: 3, nodes: { reached: 2, total: 3 } }]);
  await promoteRollouts(system, facts);
  nowMs += 5 * minute;
  await promoteRollouts(system, facts);
  await syncAll(edges);
  expect(strategyAt(outer, id)).toMatchObject({ strategy: 'cost' });
  expect(await rolloutsOf(id)).toMatchObject([{ id, ring: 3, next_ring: null }]);
  await promoteRollouts(system, facts);
  nowMs += 5 * minute;
  await promoteRollouts(system, facts);
  expect(await rolloutsOf(id)).toEqual([]);
  await syncAll(edges);
  const { head } = await currentHead(pg.db);
  for (const edge of edges) expect(edge.model.request(edge.sessionNo).have.base).toBe(head);
});

it('lets states, limits and withdrawals through to every ring at once, beside a change that waits', async () => {
  const { id, outer, edges } = await scene();
  await setRouting(id, 'weight');
  await pg.db
    .update(carpoolGroups)
    .set({ status: 'suspended', limits: { member: { requests: null, tokens_per_minute: 7, concurrency: 2 } } })
    .where(eq(carpoolGroups.id, id));
  await syncAll(edges);
  const body = bodyAt(outer, id, `group/${id}`);
  expect(body).toMatchObject({ status: 'suspended', member_limits: { concurrency: 2 }, routing: { strategy: 'priority' } });
  await pg.db.update(carpoolGroups).set({ status: 'closed' }).where(eq(carpoolGroups.id, id));
  await syncAll(edges);
  expect(outer.model.scopes.has(id)).toBe(false);
});

it('stops where a node refuses the change, and ends everywhere when the change is taken back', async () => {
  const { id, inner, outer, edges } = await scene();
  await setRouting(id, 'cost');
  await syncAll(edges);
  const reject = { scope: id, kind: 'group', id, rev: 'r', code: 'invalid', message: 'no' };
  await call(`${replica.url}/sync`, inner.token, { ...inner.model.request(inner.sessionNo), rejects: [reject] });
  await promoteRollouts(system, facts);
  nowMs += 60 * minute;
  await promoteRollouts(system, facts);
  expect(await rolloutsOf(id)).toMatchObject([{ ring: 0, nodes: { refusing: 1 }, healthy_since: null }]);
  await pg.db.update(carpoolGroups).set({ routing: {} }).where(eq(carpoolGroups.id, id));
  expect(await rolloutsOf(id)).toEqual([]);
  await syncAll(edges);
  for (const edge of [inner, outer]) expect(strategyAt(edge, id)).toMatchObject({ strategy: 'priority' });
});

it('begins anew with every further change, from what the outer rings have', async () => {
  const { id, outer, edges } = await scene();
  await setRouting(id, 'cost');
  await syncAll(edges);
  const [first] = await rolloutsOf(id);
  await setRouting(id, 'performance');
  await syncAll(edges);
  const [second] = await rolloutsOf(id);
  expect(second).toMatchObject({ ring: 0, base_version: first?.base_version });
  expect(second?.version).toBeGreaterThan(first?.version ?? 0);
  expect(strategyAt(outer, id)).toMatchObject({ strategy: 'priority' });
  await expect(promoteRollout(system, facts, { scope: id, kind: 'group', id }, first?.version ?? 0)).rejects.toMatchObject({
    code: 'rollout_moved',
  });
  for (let at = 0; at < 3; at += 1) {
    const [now] = await rolloutsOf(id);
    if (now) await promoteRollout(system, facts, now, now.version);
  }
  await syncAll(edges);
  expect(strategyAt(outer, id)).toMatchObject({ strategy: 'performance' });
  const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'fleet.rollout.promote'));
  expect(rows.filter(({ targetId }) => targetId === id)).toHaveLength(3);
});

it('holds back services too, but for their state', async () => {
  const { inner, outer, edges } = await scene();
  await pg.db
    .update(carpoolServices)
    .set({ baseUrl: 'https://elsewhere.example.com', status: 'maintenance' })
    .where(eq(carpoolServices.id, 'claude'));
  await syncAll(edges);
  expect(bodyAt(inner, 'global', 'service/claude')).toMatchObject({
    base_url: 'https://elsewhere.example.com',
    status: 'maintenance',
  });
  expect(bodyAt(outer, 'global', 'service/claude')).toMatchObject({
    base_url: 'https://api.anthropic.com',
    status: 'maintenance',
  });
  await changeNode(system, outer.nodeId, { ring: 0 });
  await outer.sync(replica);
  expect(bodyAt(outer, 'global', 'service/claude')).toMatchObject({ base_url: 'https://elsewhere.example.com' });
});

it('waits for nobody where no node is in an outer ring', async () => {
  const { id, edges } = await scene();
  for (const edge of edges) await changeNode(system, edge.nodeId, { ring: 0 });
  await setRouting(id, 'cost');
  await syncAll(edges);
  for (const edge of edges) expect(strategyAt(edge, id)).toMatchObject({ strategy: 'cost' });
  expect(await rolloutsOf(id)).toEqual([]);
});
