import type { GroupId } from '@aicarpool/shared-protocol';
import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { changeGroup, deleteKeys, insertGroup, insertKeys, plainFacts } from '../../../test/plain-config.ts';
import { currentHead } from '../../kernel/index.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { readProgress } from './read-progress.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const replica = await startReplica(pg, plainFacts, { now: () => new Date(nowMs) });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

async function newEdge(groupId: GroupId): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 * 24 * 7 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  await edge.sync(replica);
  return edge;
}

async function revoke(groupId: GroupId): Promise<number> {
  const [keyId = ''] = await insertKeys(pg.db, groupId, 1);
  await deleteKeys(pg.db, [keyId]);
  return (await currentHead(pg.db)).head;
}

const progress = (groupId: GroupId, version: number) => readProgress(replica.ctx, plainFacts, groupId, version);

it('says who has confirmed, and by when the others stop on their own', async () => {
  const groupId = await insertGroup(pg.db, { configValidS: 900 });
  const [first, second] = [await newEdge(groupId), await newEdge(groupId)];
  nowMs += 60_000;
  const version = await revoke(groupId);
  await first.sync(replica);
  expect(await progress(groupId, version)).toEqual({
    nodes_confirmed: 1,
    nodes_total: 2,
    pending: [{ node_id: second.nodeId, node_name: expect.any(String), stops_at: '2026-11-21T10:15:14.091Z' }],
    in_force_by: '2026-11-21T10:15:14.091Z',
  });
  nowMs = Date.parse('2026-11-21T10:15:14.091Z');
  expect(await progress(groupId, version)).toMatchObject({
    nodes_confirmed: 2,
    pending: [],
    in_force_by: '2026-11-21T10:15:14.091Z',
  });
  await second.sync(replica);
  expect(await progress(groupId, version)).toMatchObject({ nodes_confirmed: 2, nodes_total: 2, pending: [] });
});

it('counts from the newest question of a node, even where nothing else about it changed', async () => {
  const groupId = await insertGroup(pg.db, { configValidS: 600 });
  const edge = await newEdge(groupId);
  nowMs += 300_000;
  await edge.sync(replica);
  const version = await revoke(groupId);
  const { pending } = await progress(groupId, version);
  expect(pending[0]?.stops_at).toBe(new Date(Math.ceil(nowMs + 5_000 + 600_000 / 0.99)).toISOString());
});

it('trusts no shorter time to live than one that the node has confirmed', async () => {
  const groupId = await insertGroup(pg.db, { configValidS: null });
  const edge = await newEdge(groupId);
  await changeGroup(pg.db, groupId, { configValidS: 60 });
  const version = await revoke(groupId);
  expect(await progress(groupId, version)).toMatchObject({ pending: [{ stops_at: null }], in_force_by: null });
  await edge.sync(replica);
  const next = await revoke(groupId);
  const { pending } = await progress(groupId, next);
  expect(pending[0]?.stops_at).toBe(new Date(Math.ceil(nowMs + 5_000 + 60_000 / 0.99)).toISOString());
});
