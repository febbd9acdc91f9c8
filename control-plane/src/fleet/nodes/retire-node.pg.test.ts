import type { UpstreamId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { newSealingKey, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, insertUpstream, plainFacts } from '../../../test/plain-config.ts';
import { dataKeysOf } from '../../carpool/index.ts';
import { carpoolUpstreams } from '../../carpool/tables.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { nodesFor } from '../placement/nodes-for.ts';
import { fleetNodeScopes } from '../tables.ts';
import { changeNode } from './change-node.ts';
import { retireNode } from './retire-node.ts';

const pg = await freshDatabase();
await withServices(pg);
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

it('names an account that it was sent while it served the group, as long as that secret is in use, and none that came after', async () => {
  const groupId = await insertGroup(pg.db);
  const early = await insertUpstream(pg.db, groupId, 'early');
  const changed = await insertUpstream(pg.db, groupId, 'changed');
  const removed = await insertUpstream(pg.db, groupId, 'removed');
  const edge = await newEdge(groupId, { sealing_key: newSealingKey() });
  await changeNode(replica.ctx, edge.nodeId, { onlyGroups: [] });
  await edge.sync(replica);
  await insertUpstream(pg.db, groupId, 'late');
  await edge.sync(replica);
  const set = (id: UpstreamId, change: Partial<typeof carpoolUpstreams.$inferInsert>) =>
    pg.db.update(carpoolUpstreams).set(change).where(eq(carpoolUpstreams.id, id));
  await set(changed, { secretSetAt: new Date(Date.now() + 60_000) });
  await set(removed, { credential: null, status: 'deleted' });
  const { readable } = await retireNode(replica.ctx, edge.nodeId);
  expect(readable.map(({ upstreamId }) => upstreamId)).toEqual([early]);
});

it('gives every group that it ever served a new data key, which it never gets', async () => {
  const manager = await newPerson(pg);
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'], deployment_mode: 'distributed' });
  await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-777777777777' });
  const edge = await newEdge(groupId, { sealing_key: newSealingKey() });
  expect((await dataKeysOf(replica.ctx, pg.db, groupId)).map(({ version }) => version)).toEqual([1]);
  await pg.db
    .insert(fleetNodeScopes)
    .values({ nodeId: edge.nodeId, scope: groupId, servedSince: new Date() })
    .onConflictDoNothing();
  await retireNode(replica.ctx, edge.nodeId);
  expect((await dataKeysOf(replica.ctx, pg.db, groupId)).map(({ version }) => version)).toEqual([1, 2]);
  expect((await edge.openSession(replica)).body.error.code).toBe('node_retired');
});
