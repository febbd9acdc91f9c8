import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { getNodeRow } from '../nodes/find-node.ts';
import { ensureCentralRegistration } from './ensure-central-registration.ts';
import { issueRegistrationToken } from './issue-registration-token.ts';
import { listRegistrationTokens } from './read-registration-tokens.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
afterAll(async () => {
  await replica.close();
  await pg.close();
});

const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
const person = (role: 'admin' | 'group_manager') =>
  testCtx(pg, { kind: 'user', userId: 'usr_1' as UserId, role, sessionId: 'ses_1' as SessionId });

it('lists open tokens without their text, and audits who made them', async () => {
  const { id, registrationToken } = await issueRegistrationToken(person('admin'), input, 'http://cp.test');
  const { tokens, total } = await listRegistrationTokens(person('admin'), { page: 1, limit: 20 });
  expect([total, tokens[0]?.id, tokens[0]?.createdBy]).toEqual([1, id, 'usr_1']);
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetKind, 'registration'));
  expect(audits).toMatchObject([{ action: 'fleet.registration.issue', actorId: 'usr_1', targetId: id }]);
  expect(JSON.stringify([tokens, audits])).not.toContain(registrationToken);

  await TestEdge.enroll(replica, registrationToken);
  expect((await listRegistrationTokens(person('admin'), { page: 1, limit: 20 })).total).toBe(0);
});

it('refuses who does not administer', async () => {
  await expect(issueRegistrationToken(person('group_manager'), input, '')).rejects.toMatchObject({ status: 403 });
  await expect(listRegistrationTokens(person('group_manager'), { page: 1, limit: 20 })).rejects.toMatchObject({ status: 403 });
});

it('makes a token for the central node until there is one', async () => {
  const token = await ensureCentralRegistration(replica.ctx, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, token ?? '');
  expect((await getNodeRow(pg.db, edge.nodeId)).role).toBe('central');
  expect(await ensureCentralRegistration(replica.ctx, 'http://cp.test')).toBeUndefined();
});
