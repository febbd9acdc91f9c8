import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { call, type Replica, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { updateGroup } from '../../carpool/groups/update-group.ts';
import { dataKeysOf, listPlaceableGroups, readFactAt, readResources, readScope } from '../../carpool/index.ts';
import { carpoolEvents, carpoolUpstreams } from '../../carpool/tables.ts';
import { forgetEvents } from '../../carpool/traffic/forget-events.ts';
import { listEvents } from '../../carpool/traffic/read-events.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { readHealth } from './read-health.ts';

let pg: TestPg;
let replica: Replica;
let manager: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
let upstreamId: string;
let edge: TestEdge;
const facts = { listPlaceableGroups, readScope, readResources, readFactAt, dataKeysOf };
const enqueued: unknown[] = [];
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  replica = await startReplica(
    { ...pg, jobs: { ...pg.jobs, enqueue: async (_tx, job, input) => void enqueued.push([job.name, input]) } },
    facts,
  );
  manager = await newPerson(pg);
  group = await makeGroup(manager, { deployment_mode: 'distributed' });
  upstreamId = (await makeUpstream(manager, group.id, { name: 'Main' })).id;
  await updateGroup(manager, group.id, { status: 'active' });
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  await edge.sync(replica);
});
afterAll(async () => {
  await replica.close();
  await pg.close();
});

const signal = (id: string, over: object = {}) => ({
  id,
  kind: 'account_down',
  at: '2026-11-21T00:00:00Z',
  group_id: group.id,
  service: 'claude',
  upstream_id: upstreamId,
  proxy_id: null,
  reason: 'overloaded',
  until: '2026-11-21T00:05:00Z',
  count: 3,
  ...over,
});
const send = (...signals: object[]) => call(`${replica.url}/signals`, edge.token, { session_no: edge.sessionNo, signals });
const events = (ctx = manager, over: object = {}) => listEvents(ctx, { groupId: group.id, page: 1, limit: 50, ...over });

describe('signals', () => {
  it('become events of the group, each once, seen with the name of the account', async () => {
    expect((await send(signal('sig_a'), signal('sig_b', { kind: 'failed_over' }))).body.data).toEqual({ taken: 2 });
    expect((await send(signal('sig_b'), signal('sig_c', { at: 'not a time' }))).body.data).toEqual({ taken: 1 });
    const { events: seen, total } = await events();
    expect(total).toBe(3);
    expect(seen.map(({ id }) => id).sort()).toEqual(['sig_a', 'sig_b', 'sig_c']);
    expect(seen.find(({ id }) => id === 'sig_a')).toEqual({
      id: 'sig_a',
      kind: 'account_down',
      at: '2026-11-21T00:00:00.000Z',
      node_id: edge.nodeId,
      service_name: 'claude',
      upstream_id: upstreamId,
      upstream_name: 'Main',
      proxy_id: null,
      reason: 'overloaded',
      until: '2026-11-21T00:05:00.000Z',
      count: 3,
    });
    expect((await events(manager, { kind: 'failed_over' })).events.map(({ id }) => id)).toEqual(['sig_b']);
  });

  it('are not taken about groups that the node does not serve, nor from an older session', async () => {
    const other = await makeGroup(manager);
    expect((await send(signal('sig_other', { group_id: other.id }))).body.data).toEqual({ taken: 0 });
    const old = { session_no: edge.sessionNo + 1, signals: [signal('sig_old')] };
    expect((await call(`${replica.url}/signals`, edge.token, old)).status).toBe(409);
    expect((await send()).status).toBe(400);
  });

  it('ask for a refresh where a credential was refused', async () => {
    enqueued.length = 0;
    await send(signal('sig_auth', { kind: 'account_auth_failed' }), signal('sig_auth_2', { kind: 'account_auth_failed' }));
    await send(signal('sig_auth', { kind: 'account_auth_failed' }));
    expect(enqueued).toEqual([['carpool.refresh-account', { upstream_id: upstreamId }]]);
  });

  it('about somebody’s own account are shown to him and to managers, not to other members', async () => {
    const [owner, member] = [await newPerson(pg, 'group_member'), await newPerson(pg, 'group_member')];
    for (const person of [owner, member]) await join(person, group);
    const own = (await makeUpstream(manager, group.id, { name: 'Own' })).id;
    await pg.db
      .update(carpoolUpstreams)
      .set({ ownerId: owner.userId })
      .where(eq(carpoolUpstreams.id, own as never));
    await send(signal('sig_own', { upstream_id: own }));
    const ids = async (ctx: typeof manager) => (await events(ctx)).events.map(({ id }) => id);
    expect(await ids(owner)).toContain('sig_own');
    expect(await ids(manager)).toContain('sig_own');
    expect(await ids(member)).not.toContain('sig_own');
    expect(await ids(member)).toContain('sig_a');
    await expect(events(await newPerson(pg))).rejects.toMatchObject({ status: 404 });
  });

  it('are forgotten after thirty days, and beyond a number for each group', async () => {
    await pg.db
      .update(carpoolEvents)
      .set({ receivedAt: new Date(Date.now() - 31 * 24 * 3_600_000) })
      .where(eq(carpoolEvents.id, 'sig_a'));
    await forgetEvents(testCtx(pg));
    expect((await events()).events.map(({ id }) => id)).not.toContain('sig_a');
    await forgetEvents(testCtx(pg), 2);
    const left = (await events()).events.map(({ id }) => id);
    expect(left).toHaveLength(2);
    expect(left).toContain('sig_own');
  });
});

describe('health in heartbeats', () => {
  it('is read per account and service, the worst first, until the node is silent', async () => {
    const account = {
      status: 'unhealthy',
      reason: 'rate limited',
      until: null,
      active_requests: 2,
      avg_response_time_ms: 90,
      success_rate: 0.5,
    };
    await edge.heartbeat(replica, {
      services_health: { claude: { status: 'degraded', avg_response_time_ms: 400 } },
      accounts_health: { [upstreamId]: account, ups_unasked: account },
    });
    const health = await readHealth(replica.ctx, facts, group.id, [upstreamId, 'ups_other']);
    expect(health.services.get('claude')).toMatchObject({ status: 'degraded', by_node: [{ node_id: edge.nodeId }] });
    expect(health.accounts.get(upstreamId)).toMatchObject({
      status: 'unhealthy',
      by_node: [{ ...account, node_id: edge.nodeId }],
    });
    expect([...health.accounts.keys()]).toEqual([upstreamId]);
    expect((await readHealth(replica.ctx, facts, group.id, [])).accounts.size).toBe(0);
    const later = { ...replica.ctx, clock: { now: () => new Date(Date.now() + 300_000) } };
    expect((await readHealth(later, facts, group.id, [upstreamId])).accounts.size).toBe(0);
    expect((await readHealth(replica.ctx, facts, (await makeGroup(manager)).id, [upstreamId])).accounts.size).toBe(0);
  });
});
