import { randomBytes } from 'node:crypto';
import { configStatement, type GroupId, syncAnswer } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { call, newSealingKey, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { isSigned } from '../../../../test/is-signed.ts';
import { freshDatabase } from '../../../../test/pg.ts';
import { deleteKeys, insertGroup, insertKeys, insertUpstream, plainDataKeys, plainFacts } from '../../../../test/plain-config.ts';
import { dataKeysOf } from '../../../carpool/index.ts';
import { carpoolGroups } from '../../../carpool/tables.ts';
import { currentHead } from '../../../kernel/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { retireNode } from '../../nodes/retire-node.ts';
import { readProgress } from '../../placement/read-progress.ts';
import { fleetNodeScopes, fleetSentCredentials } from '../../tables.ts';
import { exportSnapshot } from './export-snapshot.ts';

const pg = await freshDatabase();
await withServices(pg);
const replica = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await pg.close();
});

it('gives the whole config of a node in one piece, signed for it and for no question, and says that it did', async () => {
  const groupId = await insertGroup(pg.db);
  const foreign = await insertGroup(pg.db);
  await insertKeys(pg.db, groupId, 6000);
  const upstreamId = await insertUpstream(pg.db, groupId, 'shared');
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: newSealingKey() });
  const snapshot = syncAnswer.parse(await exportSnapshot(replica.ctx, replica.fleet, edge.nodeId));
  expect([snapshot.more, snapshot.scopes.map(({ mode, next }) => [mode, next])]).toEqual([
    false,
    [
      ['full', undefined],
      ['full', undefined],
    ],
  ]);
  expect(snapshot.scopes.flatMap(({ upsert }) => upsert).filter(({ kind }) => kind === 'key')).toHaveLength(6000);
  expect(snapshot.scopes.flatMap(({ data_keys }) => data_keys)).toHaveLength(1);
  expect(JSON.stringify(snapshot)).not.toContain(foreign);
  const { seal } = snapshot;
  if (!seal) throw new Error('not sealed');
  expect(seal).toMatchObject({ node_id: edge.nodeId, nonce: '' });
  expect(await isSigned(replica.fleet.signingKeys, replica.ctx, configStatement(snapshot, seal), seal)).toBe(true);
  edge.model.apply(snapshot);
  expect(edge.model.mismatches).toBe(0);
  const sent = await pg.db.select().from(fleetSentCredentials).where(eq(fleetSentCredentials.nodeId, edge.nodeId));
  expect(sent.map((row) => row.upstreamId)).toEqual([upstreamId]);
  expect(await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'fleet.node.export'))).toHaveLength(1);
  await retireNode(replica.ctx, edge.nodeId);
  await expect(exportSnapshot(replica.ctx, replica.fleet, edge.nodeId)).rejects.toMatchObject({ code: 'node_retired' });
});

it('counts who may have begun with it until its time is over, and gives its groups new data keys when it is retired', async () => {
  const manager = await newPerson(pg);
  const { id } = await makeGroup(manager, { enabled_services: ['claude'], deployment_mode: 'distributed' });
  const groupId = id as GroupId;
  await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-777777777777' });
  plainDataKeys.set(groupId, randomBytes(32));
  await pg.db.update(carpoolGroups).set({ status: 'active', configValidS: 900 }).where(eq(carpoolGroups.id, groupId));
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: newSealingKey() });
  const { center_time } = await exportSnapshot(replica.ctx, replica.fleet, edge.nodeId);
  const [keyId = ''] = await insertKeys(pg.db, groupId, 1);
  await deleteKeys(pg.db, [keyId]);
  const { head } = await currentHead(pg.db);
  const progress = await readProgress(replica.ctx, plainFacts, groupId, head);
  expect(progress).toMatchObject({ nodes_confirmed: 0, nodes_total: 1, pending: [{ node_id: edge.nodeId }] });
  expect(Date.parse(progress.in_force_by ?? '')).toBeGreaterThan(Date.parse(center_time) + 900_000);

  expect((await dataKeysOf(replica.ctx, pg.db, groupId)).map(({ version }) => version)).toEqual([1]);
  await retireNode(replica.ctx, edge.nodeId);
  expect((await dataKeysOf(replica.ctx, pg.db, groupId)).map(({ version }) => version)).toEqual([1, 2]);
  expect((await readProgress(replica.ctx, plainFacts, groupId, head)).pending).toMatchObject([{ node_id: edge.nodeId }]);
});

it('changes nothing that a node has confirmed', async () => {
  const groupId = await insertGroup(pg.db);
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: newSealingKey() });
  await edge.openSession(replica);
  for (let round = 0; round < 3; round += 1) await edge.sync(replica);
  const scopes = () => pg.db.select().from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, edge.nodeId));
  const before = await scopes();
  expect(before.map(({ held }) => held)).toEqual([true, true]);
  await exportSnapshot(replica.ctx, replica.fleet, edge.nodeId);
  expect(await scopes()).toEqual(before);
});

it('gives none for a node that waits to be let in', async () => {
  const input = { role: 'edge', groupIds: [], expiresInMinutes: 60, approveFirst: true } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: newSealingKey() });
  await expect(exportSnapshot(replica.ctx, replica.fleet, edge.nodeId)).rejects.toMatchObject({ code: 'node_waiting' });
});

it('gives none for a node that has a token alone', async () => {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const { body } = await call(`${replica.url}/register`, registrationToken, {});
  await expect(exportSnapshot(replica.ctx, replica.fleet, body.data.node_id)).rejects.toMatchObject({
    code: 'identity_required',
  });
});
