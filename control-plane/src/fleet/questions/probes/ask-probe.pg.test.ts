import type { GroupId, ProbeAnswer } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type EventReader, type Replica, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { freshDatabase } from '../../../../test/pg.ts';
import { insertGroup, plainFacts } from '../../../../test/plain-config.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { fleetNodes, fleetProbes } from '../../tables.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const other = await startReplica(pg, plainFacts);
afterAll(async () => {
  await Promise.all([replica.close(), other.close()]);
  await pg.close();
});

const good: ProbeAnswer['result'] = {
  ok: true,
  upstream_id: 'ups_1',
  response_time_ms: 850,
  text: 'Hello!',
  model: 'claude-x',
  input_tokens: 8,
  output_tokens: 12,
  exit_address: null,
  forwarding_headers: null,
};

interface Node {
  readonly edge: TestEdge;
  readonly events: EventReader;
}

async function newEdge(at: Replica, groupId: GroupId): Promise<Node> {
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(at, registrationToken);
  await edge.openSession(at);
  return { edge, events: await edge.events(at) };
}

async function answer({ edge, events }: Node, at: Replica, from = edge) {
  const { probe } = await events.nextOf('probe');
  const body = { session_no: from.sessionNo, probe_id: probe.probe_id, result: good };
  return { probe, body, reply: await call(`${at.url}/probe-answers`, from.token, body) };
}

const ask = (groupId: string, deadlineMs = 5000) =>
  replica.fleet.askProbe(replica.ctx, {
    deadlineMs,
    probe: { kind: 'account', group_id: groupId, service: 'claude', upstream_id: null, model: null, message: 'Hello' },
  });

describe('a probe', () => {
  let groupId: GroupId;
  beforeAll(async () => {
    groupId = await insertGroup(pg.db);
  });

  it.each([
    ['here', 'here'],
    ['here', 'there'],
    ['there', 'here'],
    ['there', 'there'],
  ] as const)('reaches a node that is %s, and its answer comes back from %s', async (where, back) => {
    const at = { here: replica, there: other };
    const group = await insertGroup(pg.db);
    const node = await newEdge(at[where], group);
    const asking = ask(group);
    const { probe, body, reply } = await answer(node, at[back]);
    expect(probe).toMatchObject({ kind: 'account', group_id: group, service: 'claude', message: 'Hello', deadline_ms: 4500 });
    expect(reply.body.data).toEqual({ accepted: true });
    expect(await asking).toMatchObject({ nodeId: node.edge.nodeId, result: good });
    const again = await call(`${at[back].url}/probe-answers`, node.edge.token, body);
    expect(again.body.data).toEqual({ accepted: false });
    expect(await pg.db.select().from(fleetProbes)).toEqual([]);
    node.events.close();
  });

  it('is answered by nobody but the node that was asked', async () => {
    const group = await insertGroup(pg.db);
    const node = await newEdge(replica, group);
    const nosy = await newEdge(other, await insertGroup(pg.db));
    const asking = ask(group, 800);
    expect((await answer(node, other, nosy.edge)).reply.body.data).toEqual({ accepted: false });
    await expect(asking).rejects.toMatchObject({ status: 504, code: 'probe_timeout' });
    expect(replica.fleet.hub.probing).toBe(0);
  });

  it('says clearly when no node serves the group, and when none is connected', async () => {
    const draft = await insertGroup(pg.db, { status: 'draft' });
    await expect(ask(draft)).rejects.toMatchObject({
      status: 409,
      code: 'no_node_serves',
      message: expect.stringContaining('draft'),
    });
    const central = await insertGroup(pg.db, { deploymentMode: 'centralized' });
    await expect(ask(central)).rejects.toMatchObject({ status: 409, code: 'no_node_serves' });
    const node = await newEdge(replica, groupId);
    node.events.close();
    await expect.poll(() => replica.fleet.hub.holds(node.edge.nodeId)).toBe(false);
    await pg.db.update(fleetNodes).set({ streamId: null }).where(eq(fleetNodes.id, node.edge.nodeId));
    await expect(ask(groupId)).rejects.toMatchObject({ status: 503, code: 'no_node_connected' });
  });

  it('goes to a node that is connected, where another is not', async () => {
    const group = await insertGroup(pg.db);
    const [away, here] = [await newEdge(other, group), await newEdge(other, group)];
    away.events.close();
    await expect.poll(() => other.fleet.hub.holds(away.edge.nodeId)).toBe(false);
    await pg.db.update(fleetNodes).set({ streamId: null }).where(eq(fleetNodes.id, away.edge.nodeId));
    const asking = ask(group);
    await answer(here, replica);
    expect((await asking).nodeId).toBe(here.edge.nodeId);
  });
});
