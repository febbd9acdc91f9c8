import { randomBytes } from 'node:crypto';
import { answerText, readAnswerProof, readRegistrationToken, writeRegistrationToken } from '@aicarpool/shared-protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { call, join, newSealingKey, send, startReplica } from '../../../test/edge-harness.ts';
import { isSigned } from '../../../test/is-signed.ts';
import { digestOf, NodeIdentity } from '../../../test/node-identity.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { keyIdOf } from '../identity/ed25519.ts';
import { fleetNodeKeys, fleetNodes, fleetRegistrationTokens } from '../tables.ts';
import { issueRegistrationToken } from './issue-registration-token.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const nowS = () => Math.floor(nowMs / 1000);
const clock = { now: () => new Date(nowMs) };
const replica = await startReplica(pg, plainFacts, clock);
const other = await startReplica(pg, plainFacts, clock);
afterAll(async () => {
  await replica.close();
  await other.close();
  await pg.close();
});

const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
const issue = (over: object = {}) => issueRegistrationToken(replica.ctx, { ...input, ...over }, 'http://cp.test');

it('names the key of the control plane in the token, and proves to whoever asks that it holds it', async () => {
  const { registrationToken } = await issue();
  const { pin = '' } = readRegistrationToken(registrationToken) ?? {};
  const nonce = randomBytes(16).toString('base64url');
  const reply = await call(`${other.url}/challenge`, null, { nonce });
  expect(reply.body.data.signing_keys.map(({ key }: { key: string }) => keyIdOf(key))).toContain(pin);
  const proof = readAnswerProof(reply.proof ?? '');
  const text = answerText({ to: nonce, status: 200, bodyDigest: digestOf(reply.text) });
  expect(
    proof && 'sig' in proof && proof.key === pin && (await isSigned(replica.fleet.signingKeys, replica.ctx, text, proof)),
  ).toBe(true);
});

it('spends a token that is proved and never sent, and keeps nothing in clear', async () => {
  const { id, registrationToken } = await issue();
  const identity = new NodeIdentity(undefined, nowS);
  const { body, text } = await join(replica, identity, registrationToken, { sealing_key: newSealingKey() });
  expect(body.data).toMatchObject({ node_token: '', approved: true });
  const [node] = await pg.db.select().from(fleetNodes).where(eq(fleetNodes.id, body.data.node_id));
  expect(node?.identityKeyId).toBe(keyIdOf(identity.pair.publicKey));
  expect(node?.sealingKey).not.toBeNull();
  const { secret = '' } = readRegistrationToken(registrationToken) ?? {};
  const stored = JSON.stringify([
    await pg.db.select().from(fleetRegistrationTokens),
    await pg.db.select().from(fleetNodes),
    await pg.db.select().from(fleetNodeKeys),
    await pg.db.select().from(kernelAudit),
    text,
  ]);
  for (const hidden of [secret, registrationToken, identity.pair.privateKey]) expect(stored).not.toContain(hidden);

  const again = await join(other, new NodeIdentity(undefined, nowS), registrationToken);
  expect([again.status, again.body.error.code]).toEqual([401, 'registration_refused']);
  const refused = and(eq(kernelAudit.action, 'fleet.registration.refused'), eq(kernelAudit.targetId, id));
  expect(await pg.db.select().from(kernelAudit).where(refused)).toMatchObject([{ after: { alarm: true, reason: 'used' } }]);
});

it('refuses a recorded registration, a proof over another request, a guessed secret and a challenge that is not ours or is old', async () => {
  const { registrationToken } = await issue();
  const read = readRegistrationToken(registrationToken);
  if (!read) throw new Error('no token');
  const identity = new NodeIdentity(undefined, nowS);
  const challengeOf = async () => {
    const asked = await call(`${replica.url}/challenge`, null, { nonce: randomBytes(16).toString('base64url') });
    return asked.body.data.challenge as string;
  };
  const challenge = await challengeOf();
  const bodyOf = (over: object = {}) => JSON.stringify({ identity_key: identity.pair.publicKey, challenge, ...over });
  const post = (body: string, headers: Record<string, string>) => send(`${replica.url}/register`, 'POST', body, headers);
  const code = async (body: string, headers: Record<string, string>) => (await post(body, headers)).body.error?.code;

  const guessed = writeRegistrationToken({ ...read, secret: randomBytes(32).toString('base64url') });
  expect(await code(bodyOf(), identity.joining(guessed, bodyOf()))).toBe('registration_refused');
  const headers = identity.joining(registrationToken, bodyOf());
  expect(await code(bodyOf({ node_name: 'another' }), headers)).toBe('body_altered');
  const swapped = { ...identity.joining(registrationToken, bodyOf()), authorization: headers['authorization'] ?? '' };
  expect(await code(bodyOf(), swapped)).toBe('registration_refused');
  const forged = bodyOf({ challenge: `${nowMs + 1000}.AAAA.AAAA` });
  expect(await code(forged, identity.joining(registrationToken, forged))).toBe('challenge_refused');
  const thief = new NodeIdentity(undefined, nowS);
  expect(await code(bodyOf(), thief.joining(registrationToken, bodyOf()))).toBe('identity_unproved');
  const unsigned = { authorization: `Bearer ${registrationToken}` };
  expect(await code(bodyOf(), unsigned)).toBe('identity_unproved');
  nowMs += 301_000;
  expect(await code(bodyOf(), identity.joining(registrationToken, bodyOf()))).toBe('challenge_refused');

  const fresh = bodyOf({ challenge: await challengeOf() });
  const good = identity.joining(registrationToken, fresh);
  expect((await post(fresh, good)).status).toBe(200);
  expect(await code(fresh, good)).toBe('request_replayed');
});
