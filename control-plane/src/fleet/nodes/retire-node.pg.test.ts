import { afterAll, expect, it } from 'vitest';
import { newSealingKey, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, insertUpstream, plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { nodesFor } from '../placement/nodes-for.ts';
import { retireNode } from './retire-node.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await pg.close();
});

async function newEdge(groupId: string, request: object): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken, request);
  await edge.openSession(replica);
  await edge.sync(replica);
  return edge;
}

it('names the accounts that the node could read, and keeps its books in the completeness of the group', async () => {
  const groupId = await insertGroup(pg.db);
  const upstreamId = await insertUpstream(pg.db, groupId, 'shared');
  const edge = await newEdge(groupId, { sealing_key: newSealingKey() });
  const blind = await newEdge(groupId, {});
  const { readable } = await retireNode(replica.ctx, edge.nodeId);
  expect(readable).toEqual([{ upstreamId, name: 'shared', service: 'claude', groupId }]);
  expect((await retireNode(replica.ctx, blind.nodeId)).readable).toEqual([]);

  const keepers = await nodesFor(replica.ctx, groupId);
  expect(new Map(keepers.map(({ nodeId, state, online }) => [nodeId, [state, online]]))).toEqual(
    new Map([edge, blind].map(({ nodeId }) => [nodeId, ['retired', false]])),
  );
  await expect(retireNode(replica.ctx, edge.nodeId)).rejects.toMatchObject({ code: 'node_retired' });
  await expect(retireNode(replica.ctx, 'nod_none')).rejects.toMatchObject({ status: 404 });
});
