import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { approveNode } from './approve-node.ts';
import { getNodeRow } from './find-node.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const other = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await other.close();
  await pg.close();
});

const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
const issue = (over: object = {}) => issueRegistrationToken(replica.ctx, { ...input, ...over }, 'http://cp.test');

it('keeps a node waiting until an administrator lets it in, when the token asks for that', async () => {
  const { registrationToken } = await issue({ approveFirst: true });
  const edge = await TestEdge.enroll(replica, registrationToken);
  const waiting = await edge.openSession(replica);
  expect([waiting.status, waiting.body.error.code, waiting.proof?.startsWith('ed25519 ')]).toEqual([403, 'node_waiting', true]);
  await approveNode(replica.ctx, edge.nodeId);
  expect((await getNodeRow(pg.db, edge.nodeId)).waiting).toBe(false);
  expect((await edge.openSession(other)).status).toBe(200);
  await expect(approveNode(replica.ctx, edge.nodeId)).rejects.toMatchObject({ code: 'node_not_waiting' });
});

it('is for administrators', async () => {
  const member = testCtx(pg, { kind: 'user', userId: 'usr_1' as never, role: 'group_manager', sessionId: 's' });
  await expect(approveNode(member, 'nod_none')).rejects.toMatchObject({ status: 403 });
});
