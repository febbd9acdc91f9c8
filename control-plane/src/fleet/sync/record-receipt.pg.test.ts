import { afterAll, expect, it } from 'vitest';
import { call, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { getNode } from '../nodes/read-nodes.ts';
import { recordReceipt } from './record-receipt.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const replica = await startReplica(pg, plainFacts, { now: () => new Date(nowMs) });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

async function newEdge(): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  await edge.sync(replica);
  return edge;
}

const reject = { scope: 'global', kind: 'service', id: 'claude', rev: 'r1', code: 'invalid', message: 'no' } as const;

it('keeps what a node refuses, since when, until it takes it', async () => {
  const edge = await newEdge();
  const report = async (rejects: readonly object[]) => {
    await call(`${replica.url}/sync`, edge.token, { ...edge.model.request(edge.sessionNo), rejects });
    return await getNode(replica.ctx, plainFacts, edge.nodeId);
  };
  const first = await report([reject, reject]);
  expect(first.rejects).toMatchObject([{ resourceId: 'claude', code: 'invalid' }]);
  nowMs += 60_000;
  const second = await report([{ ...reject, rev: 'r2' }]);
  expect(second.rejects).toMatchObject([{ rev: 'r2', since: first.rejects[0]?.since }]);
  const cured = await report([]);
  expect([cured.rejects, cured.node.rejectCount]).toEqual([[], 0]);
});

it('takes no receipt of a session that was fenced while it was on its way', async () => {
  const edge = await newEdge();
  const { node } = await getNode(replica.ctx, plainFacts, edge.nodeId);
  const request = { ...edge.model.request(edge.sessionNo), have: { base: 999, except: {} } };
  await edge.openSession(replica);
  await expect(recordReceipt(replica.ctx, node, request, [])).rejects.toMatchObject({ code: 'session_fenced' });
  expect((await getNode(replica.ctx, plainFacts, edge.nodeId)).node.configVersion).not.toBe(999);
});
