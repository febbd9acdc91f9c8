import { configStatement, syncAnswer } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { call, newSealingKey, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { freshDatabase } from '../../../../test/pg.ts';
import { insertGroup, insertKeys, insertUpstream, plainFacts } from '../../../../test/plain-config.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { retireNode } from '../../nodes/retire-node.ts';
import { fleetSentCredentials } from '../../tables.ts';
import { exportSnapshot } from './export-snapshot.ts';

const pg = await freshDatabase();
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
  expect(await replica.fleet.signingKeys.verify(replica.ctx, configStatement(snapshot, seal), seal)).toBe(true);
  edge.model.apply(snapshot);
  expect(edge.model.mismatches).toBe(0);
  const sent = await pg.db.select().from(fleetSentCredentials).where(eq(fleetSentCredentials.nodeId, edge.nodeId));
  expect(sent.map((row) => row.upstreamId)).toEqual([upstreamId]);
  expect(await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'fleet.node.export'))).toHaveLength(1);
  await retireNode(replica.ctx, edge.nodeId);
  await expect(exportSnapshot(replica.ctx, replica.fleet, edge.nodeId)).rejects.toMatchObject({ code: 'node_retired' });
});

it('gives none for a node that has a token alone', async () => {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const { body } = await call(`${replica.url}/register`, registrationToken, {});
  await expect(exportSnapshot(replica.ctx, replica.fleet, body.data.node_id)).rejects.toMatchObject({
    code: 'identity_required',
  });
});
