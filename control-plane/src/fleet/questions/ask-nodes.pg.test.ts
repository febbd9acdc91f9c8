import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { call, type EventReader, type Replica, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { retireNode } from '../nodes/retire-node.ts';
import { fleetAnswers, fleetNodes, fleetQuestions } from '../tables.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const other = await startReplica(pg, plainFacts);
afterAll(async () => {
  await Promise.all([replica.close(), other.close()]);
  await pg.close();
});

const question = {
  edges: ['2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'],
  filter: { group_ids: ['grp_a'], key_ids: null, user_ids: null, services: null },
  by: [],
};

async function newEdge(at: Replica): Promise<{ edge: TestEdge; events: EventReader }> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(at, registrationToken);
  await edge.openSession(at);
  return { edge, events: await edge.events(at) };
}

/** Waits for the question and answers it at `at`, which need not be where the stream is. */
async function answer(node: { edge: TestEdge; events: EventReader }, at: Replica, over: object = {}) {
  const { question: asked } = await node.events.nextOf('query');
  const body = { question_id: asked.question_id, session_no: node.edge.sessionNo, outcome: 'complete', covered_from: null };
  return {
    asked,
    reply: await call(`${at.url}/answers`, node.edge.token, {
      ...body,
      approximate: false,
      rows: 7,
      last_seq: 7,
      cells: [],
      ...over,
    }),
  };
}

describe('a question to the fleet', () => {
  it('reaches nodes on every replica, and their answers come back from any', async () => {
    const [here, there, across] = [await newEdge(replica), await newEdge(other), await newEdge(other)];
    const nodeIds = [here, there, across].map(({ edge }) => edge.nodeId);
    const asking = replica.fleet.askNodes(replica.ctx, question, { nodeIds, deadlineMs: 5000, limit: 2 });
    const answers = await Promise.all([answer(here, other), answer(there, other), answer(across, replica)]);
    const replies = await asking;
    expect(replies.map(({ nodeId, status, answer }) => [nodeId, status, answer?.rows])).toEqual(
      nodeIds.map((id) => [id, 'responded', 7]),
    );
    for (const { asked, reply } of answers) {
      expect(asked.filter).toEqual(question.filter);
      expect(asked.deadline_ms).toBeLessThanOrEqual(4000);
      expect(reply.body.data).toEqual({ accepted: true });
    }
    expect(await pg.db.select().from(fleetQuestions)).toEqual([]);
    expect(await pg.db.select().from(fleetAnswers)).toEqual([]);
  });

  it('says who failed, who was too late, and does not wait for who is away or retired', async () => {
    const [failing, slow, away, retired] = [
      await newEdge(replica),
      await newEdge(other),
      await newEdge(other),
      await newEdge(replica),
    ];
    await pg.db
      .update(fleetNodes)
      .set({ sessionOpenedAt: new Date(0), streamId: null })
      .where(eq(fleetNodes.id, away.edge.nodeId));
    await retireNode(replica.ctx, retired.edge.nodeId);
    const nodeIds = [failing, slow, away, retired].map(({ edge }) => edge.nodeId);
    const asking = replica.fleet.askNodes(replica.ctx, question, { nodeIds: [...nodeIds, 'nod_unknown'], deadlineMs: 700 });
    await answer(failing, replica, { outcome: 'failed', message: 'books are closed' });
    const replies = await asking;
    expect(replies.map(({ status }) => status)).toEqual(['failed', 'timeout', 'offline', 'offline', 'offline']);
    expect(replies[0]?.error).toBe('books are closed');

    const late = await answer(slow, other);
    expect(late.reply.body.data).toEqual({ accepted: false });
  });

  it('is put to a node that comes back while it is open', async () => {
    const node = await newEdge(replica);
    node.events.close();
    await expect.poll(() => replica.fleet.hub.holds(node.edge.nodeId)).toBe(false);
    const asking = replica.fleet.askNodes(replica.ctx, question, { nodeIds: [node.edge.nodeId], deadlineMs: 3000 });
    await expect.poll(async () => (await pg.db.select().from(fleetQuestions)).length).toBe(1);
    const events = await node.edge.events(other);
    await answer({ edge: node.edge, events }, other);
    expect((await asking)[0]?.status).toBe('responded');
  });

  it('takes no answer from a node that was not asked', async () => {
    const [asked, nosy] = [await newEdge(other), await newEdge(other)];
    const asking = replica.fleet.askNodes(replica.ctx, question, { nodeIds: [asked.edge.nodeId], deadlineMs: 1500 });
    const { question: seen } = await asked.events.nextOf('query');
    const forged = { question_id: seen.question_id, session_no: nosy.edge.sessionNo, outcome: 'complete', covered_from: null };
    const reply = await call(`${other.url}/answers`, nosy.edge.token, {
      ...forged,
      approximate: false,
      rows: 1,
      last_seq: 1,
      cells: [],
    });
    expect(reply.body.data).toEqual({ accepted: false });
    expect((await asking).map(({ nodeId, status }) => [nodeId, status])).toEqual([[asked.edge.nodeId, 'timeout']]);
  });
});
