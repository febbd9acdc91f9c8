import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { call, type Replica, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, insertKeys, nameNodes, plainFacts } from '../../../test/plain-config.ts';
import { currentHead } from '../../kernel/change-log.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { retireNode } from '../nodes/retire-node.ts';
import { fleetNodes } from '../tables.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const other = await startReplica(pg, plainFacts);
afterAll(async () => {
  await Promise.all([replica.close(), other.close()]);
  await pg.close();
});

async function newEdge(): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  return await TestEdge.enroll(replica, registrationToken);
}

const head = async () => (await currentHead(pg.db)).head;

describe('sessions', () => {
  it('fence each other: the older one is refused everywhere and its stream is told, on another replica too', async () => {
    const edge = await newEdge();
    await edge.openSession(replica);
    expect(edge.sessionNo).toBe(1);
    const events = await edge.events(replica);
    await events.nextOf('poke');

    const twin = new TestEdge(edge.nodeId, edge.token);
    await twin.openSession(other);
    expect(twin.sessionNo).toBe(2);
    expect((await events.nextOf('fenced')).message).toContain('newer session');
    expect(await events.next()).toBeUndefined();

    for (const at of [replica, other]) {
      const sync = await call(`${at.url}/sync`, edge.token, edge.model.request(1));
      const pulse = await edge.heartbeat(at, { session_no: 1 });
      const stream = await call(`${at.url}/events?session_no=1`, edge.token);
      for (const { status, body } of [sync, pulse, stream]) expect([status, body.error.code]).toEqual([409, 'session_fenced']);
    }
    await twin.sync(replica);
    expect((await edge.heartbeat(replica)).status).toBe(200);
  });

  it('begin at 1: a node without a session gets nothing', async () => {
    const edge = await newEdge();
    for (const sessionNo of [0, 1]) {
      const { status } = await call(`${replica.url}/events?session_no=${sessionNo}`, edge.token);
      expect(status).toBe(401);
    }
  });

  it('are refused with 426 when no protocol version is shared', async () => {
    const edge = await newEdge();
    const reply = await edge.openSession(replica, { protocol: { min: 99, max: 100 } });
    expect([reply.status, reply.body.error.code]).toEqual([426, 'protocol_too_new']);
    expect((await edge.openSession(replica, { protocol: { min: 0, max: 0 } })).body.error.code).toBe('protocol_too_old');
  });

  it('end with the node: a retired one is cut off and its token opens nothing', async () => {
    const edge = await newEdge();
    await edge.openSession(other);
    const events = await edge.events(other);
    await retireNode(replica.ctx, edge.nodeId);
    await events.nextOf('fenced');
    expect((await edge.heartbeat(other)).body.error.code).toBe('node_retired');
    expect((await edge.openSession(replica)).status).toBe(401);
  });
});

describe('streams', () => {
  it('poke every node whose scopes changed, whichever replica made the change, and no other', async () => {
    const [mine, theirs] = [await insertGroup(pg.db), await insertGroup(pg.db)];
    const [edge, bystander] = [await newEdge(), await newEdge()];
    await nameNodes(pg.db, mine, [edge.nodeId]);
    await nameNodes(pg.db, theirs, [bystander.nodeId]);
    const streams = [];
    for (const [node, at] of [
      [edge, replica],
      [bystander, other],
    ] as const) {
      await node.openSession(at);
      const events = await node.events(at);
      const newest = await head();
      for (let seen = 0; seen < newest; ) seen = (await events.nextOf('poke')).head;
      streams.push(events);
    }
    const [events, quiet] = streams;
    const laterMs: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      await insertKeys(pg.db, mine);
      const committedAtMs = performance.now();
      const newest = await head();
      for (let seen = 0; seen < newest; ) seen = (await events?.nextOf('poke'))?.head ?? Number.NaN;
      laterMs.push(performance.now() - committedAtMs);
    }
    laterMs.sort((a, b) => a - b);
    console.log(`commit → poke read by the node: p50 ${laterMs[10]?.toFixed(1)} ms, max ${laterMs[19]?.toFixed(1)} ms`);

    await insertKeys(pg.db, theirs);
    expect((await quiet?.nextOf('poke'))?.head).toBe(await head());
    events?.close();
    quiet?.close();
  });

  it('note on the node whether one is open, and an old one that ends late takes nothing away', async () => {
    const edge = await newEdge();
    await edge.openSession(replica);
    const streamId = async () => (await pg.db.select().from(fleetNodes).where(eq(fleetNodes.id, edge.nodeId)))[0]?.streamId;
    const first = await edge.events(replica);
    const firstId = await streamId();
    const second = await edge.events(other);
    const secondId = await streamId();
    expect(secondId).not.toBe(firstId);
    first.close();
    await vi.waitFor(() => expect(replica.fleet.hub.holds(edge.nodeId)).toBe(false));
    expect(await streamId()).toBe(secondId);
    second.close();
    await vi.waitFor(async () => expect(await streamId()).toBeNull());
  });

  it('end when their replica stops', async () => {
    const third: Replica = await startReplica(pg, plainFacts);
    const edge = await newEdge();
    await edge.openSession(third);
    const events = await edge.events(third);
    await events.nextOf('poke');
    const closed = third.close();
    expect(await events.next()).toBeUndefined();
    await closed;
  });
});
