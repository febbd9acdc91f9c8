import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { call, newSealingKey, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, plainFacts } from '../../../test/plain-config.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { fleetNodes, fleetRegistrationTokens } from '../tables.ts';
import { issueRegistrationToken } from './issue-registration-token.ts';
import { revokeRegistrationToken } from './revoke-registration-token.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const replica = await startReplica(pg, plainFacts, { now: () => new Date(nowMs) });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
const issue = (over: object = {}) => issueRegistrationToken(replica.ctx, { ...input, ...over }, 'http://cp.test');
const auditsOf = (action: string) => pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, action));

describe('registration', () => {
  it('gives a node its identity and its groups, and stores only hashes', async () => {
    const groupId = await insertGroup(pg.db);
    const { registrationToken, installCommand } = await issue({ nodeName: 'singapore', region: 'SG' });
    expect(installCommand).toContain(`--control-plane http://cp.test --token ${registrationToken} `);

    const { status, body } = await call(`${replica.url}/register`, registrationToken, { sealing_key: newSealingKey() });
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    expect(body.data).toMatchObject({ heartbeat_interval: 60, assigned_groups: [groupId] });

    const [node] = await pg.db.select().from(fleetNodes).where(eq(fleetNodes.id, body.data.node_id));
    expect(node).toMatchObject({ name: 'singapore', region: 'SG', role: 'edge', sessionNo: 0 });
    const stored = JSON.stringify([
      await pg.db.select().from(fleetRegistrationTokens),
      node,
      await pg.db.select().from(kernelAudit),
    ]);
    expect(stored).not.toContain(registrationToken);
    expect(stored).not.toContain(body.data.node_token);
  });

  it('spends a token once, even when many try at the same time, and audits the others as an alarm', async () => {
    const { id, registrationToken } = await issue();
    const replies = await Promise.all(Array.from({ length: 5 }, () => call(`${replica.url}/register`, registrationToken, {})));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body.error.code)).toEqual(Array(4).fill('registration_refused'));
    const alarms = await auditsOf('fleet.registration.refused');
    expect(alarms.filter(({ targetId }) => targetId === id)).toHaveLength(4);
    expect(alarms[0]?.after).toMatchObject({ alarm: true, reason: 'used' });
  });

  it('refuses a token that expired, was revoked or was never there', async () => {
    const expired = await issue({ expiresInMinutes: 1 });
    const revoked = await issue();
    await revokeRegistrationToken(replica.ctx, revoked.id);
    nowMs += 61_000;
    for (const token of [expired.registrationToken, revoked.registrationToken, 'acr_nonsense', null]) {
      expect((await call(`${replica.url}/register`, token, {})).status).toBe(401);
    }
  });

  it('refuses a sealing key to which nothing can be sealed, without spending the token', async () => {
    const { registrationToken } = await issue();
    for (const sealing_key of ['short', Buffer.alloc(32).toString('base64url')]) {
      const { status, body } = await call(`${replica.url}/register`, registrationToken, { sealing_key });
      expect([status, body.error.code]).toEqual([400, 'sealing_key_malformed']);
    }
    expect((await call(`${replica.url}/register`, registrationToken, {})).status).toBe(200);
  });

  it('does not take a node token for a registration token, nor the other way round', async () => {
    const { registrationToken } = await issue();
    expect((await call(`${replica.url}/heartbeat`, registrationToken, {})).status).toBe(401);
    const edge = await TestEdge.enroll(replica, registrationToken);
    expect((await call(`${replica.url}/register`, edge.token, {})).status).toBe(401);
  });

  it('refuses a body beyond its bound', async () => {
    const { registrationToken } = await issue();
    const { status, body } = await call(`${replica.url}/register`, registrationToken, { node_name: 'x'.repeat(70_000) });
    expect([status, body.error.code]).toEqual([413, 'body_too_large']);
  });
});
