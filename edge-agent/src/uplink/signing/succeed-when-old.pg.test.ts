import { eq } from 'drizzle-orm';
import { afterAll, expect, test } from 'vitest';
import { issueRegistrationToken } from '../../../../control-plane/src/fleet/enrollment/issue-registration-token.ts';
import { getNodeRow } from '../../../../control-plane/src/fleet/nodes/find-node.ts';
import { fleetNodeKeys } from '../../../../control-plane/src/fleet/tables.ts';
import { startReplica } from '../../../../control-plane/test/edge-harness.ts';
import { freshDatabase } from '../../../../control-plane/test/pg.ts';
import { plainFacts } from '../../../../control-plane/test/plain-config.ts';
import { takeIdentity } from '../../commands/enroll.ts';
import { openLog } from '../../observe/log.ts';
import { openMetrics } from '../../observe/metrics.ts';
import { ControlPlane } from '../call-control-plane.ts';
import type { Identity } from '../identity.ts';
import { Session } from '../session.ts';
import { keyIdOf } from './ed25519.ts';
import { NodeIdentity } from './node-identity.ts';
import { openSession } from './open-session.ts';
import { succeedIdentity } from './succeed-when-old.ts';

const pg = await freshDatabase();
const replica = await startReplica(pg, plainFacts);
const base = replica.url.replace('/api/v1/edge-nodes', '');
const controlPlane = new ControlPlane(base);
afterAll(async () => {
  await controlPlane.close();
  await replica.close();
  await pg.close();
});

const clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };
const log = openLog({ level: 'silent' });
const about = { protocol: { min: 1, max: 1 }, build: '', boot_id: 'b', incarnation: 'i', last_seq: 0, chain: '', listen: '' };

async function enrolled(): Promise<Identity> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken: token } = await issueRegistrationToken(replica.ctx, input, '');
  return await takeIdentity(base, { token }, Date.now);
}

async function open(identity: NodeIdentity): Promise<Session> {
  const signal = new AbortController().signal;
  const opened = await openSession(controlPlane, identity, about, { monotonicMs: clocks.monotonicMs, signal });
  if (!opened.ok) throw new Error(opened.failure.code);
  return new Session(opened.data, { controlPlane, clocks, random: Math.random, log, metrics: openMetrics() });
}

test('the next keys are on the disk before the control plane hears of them, and take the place of the others after', async () => {
  const saved: Identity[] = [];
  const first = await enrolled();
  const identity = new NodeIdentity(first, (next) => saved.push(next));
  const session = await open(identity);
  expect(await succeedIdentity(session, identity)).toBe(true);
  const [pending, taken] = saved.slice(-2);
  expect(pending).toMatchObject({ identity_key: first.identity_key, successor: { identity_key: taken?.identity_key } });
  expect(taken?.sealing_keys).toEqual([pending?.successor?.sealing_key, first.sealing_keys[0]]);
  expect(taken?.successor).toBeUndefined();
  expect((await getNodeRow(pg.db, identity.nodeId)).identityKeyId).toBe(keyIdOf(taken?.identity_key.publicKey ?? ''));
  await open(identity);
  identity.forgetOldSealingKeys();
  expect(saved.at(-1)?.sealing_keys).toEqual([pending?.successor?.sealing_key]);
});

test('an answer that was lost locks nobody out: in the ten minutes of both keys, nor after them', async () => {
  for (const expired of [false, true]) {
    const saved: Identity[] = [];
    const identity = new NodeIdentity(await enrolled(), (next) => saved.push(next));
    identity.successor();
    const before = saved.at(-1);
    if (!before) throw new Error('nothing was written');
    expect(await succeedIdentity(await open(identity), identity)).toBe(true);

    const restarted = new NodeIdentity(before, (next) => saved.push(next));
    if (expired) {
      const old = keyIdOf(before.identity_key.publicKey);
      await pg.db
        .update(fleetNodeKeys)
        .set({ expiresAt: new Date(0) })
        .where(eq(fleetNodeKeys.id, old));
    }
    const session = await open(restarted);
    if (!expired) expect(await succeedIdentity(session, restarted)).toBe(true);
    expect(restarted.pair()).toEqual(identity.pair());
    await open(restarted);
  }
});

test('keys that nobody keeps are not replaced', async () => {
  const identity = new NodeIdentity(await enrolled(), null);
  expect(identity.isKept).toBe(false);
});
