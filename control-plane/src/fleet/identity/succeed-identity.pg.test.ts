import { successionStatement } from '@aicarpool/shared-protocol';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { afterAll, expect, it } from 'vitest';
import { call, startReplica, TestEdge } from '../../../test/edge-harness.ts';
import { NodeIdentity, newExchange } from '../../../test/node-identity.ts';
import { freshDatabase } from '../../../test/pg.ts';
import { insertGroup, insertUpstream, plainDataKeys, plainFacts } from '../../../test/plain-config.ts';
import { issueRegistrationToken } from '../enrollment/issue-registration-token.ts';
import { getNodeRow } from '../nodes/find-node.ts';
import { keyIdOf, newIdentityPair, signText } from './ed25519.ts';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const nowS = () => Math.floor(nowMs / 1000);
const replica = await startReplica(pg, plainFacts, { now: () => new Date(nowMs) });
afterAll(async () => {
  await replica.close();
  await pg.close();
});

const groupId = await insertGroup(pg.db);
await insertUpstream(pg.db, groupId, 'shared');

async function newEdge(sealing = newExchange()): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: [groupId], expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken, { sealing_key: sealing.publicKey });
  await edge.openSession(replica);
  await edge.sync(replica);
  return edge;
}

function request(
  edge: TestEdge,
  next = newIdentityPair(),
  sealing = newExchange(),
  over: { from?: string; signer?: typeof next } = {},
) {
  const from = over.from ?? keyIdOf(edge.token.pair.publicKey);
  const about = { node: edge.nodeId, from, key: next.publicKey, sealing_key: sealing.publicKey };
  const signature = signText(over.signer ?? next, successionStatement(about)).toString('base64url');
  const body = { session_no: edge.sessionNo, identity_key: next.publicKey, sealing_key: sealing.publicKey, signature };
  return { next, sealing, body };
}

it('gives a node its next keys, lets the old one open sessions for ten minutes, and seals the data keys to the new one', async () => {
  const edge = await newEdge();
  const keysBefore = edge.dataKeys.length;
  const { next, sealing, body } = request(edge);
  const reply = await call(`${replica.url}/identity`, edge.token, body);
  expect(reply.body.data).toEqual({ key_id: keyIdOf(next.publicKey), old_valid_until: new Date(nowMs + 600_000).toISOString() });
  expect(await getNodeRow(pg.db, edge.nodeId)).toMatchObject({
    identityKeyId: keyIdOf(next.publicKey),
    sealingKey: sealing.publicKey,
  });
  await edge.sync(replica);
  const sealed = edge.dataKeys.slice(keysBefore).at(-1);
  const pair = {
    privateKey: await suite.DeserializePrivateKey(Buffer.from(sealing.privateKey, 'base64url')),
    publicKey: await suite.DeserializePublicKey(Buffer.from(sealing.publicKey, 'base64url')),
  };
  const info = Buffer.from(`${edge.nodeId}|${groupId}|1`);
  const opened = await suite.Open(
    pair,
    Buffer.from(sealed?.enc ?? '', 'base64'),
    Buffer.from(sealed?.ciphertext ?? '', 'base64'),
    {
      info,
    },
  );
  expect(Buffer.from(opened)).toEqual(plainDataKeys.get(groupId));

  expect((await edge.openSession(replica)).status).toBe(200);
  nowMs += 601_000;
  expect((await edge.openSession(replica)).body.error.code).toBe('node_key_expired');
  const renewed = new TestEdge(edge.nodeId, new NodeIdentity(next, nowS));
  expect((await renewed.openSession(replica)).status).toBe(200);
});

it('refuses a successor that did not sign itself, one for another node, and a second one after the first', async () => {
  const [edge, stranger] = [await newEdge(), await newEdge()];
  const code = async (body: object) => (await call(`${replica.url}/identity`, edge.token, body)).body.error?.code;
  const before = await getNodeRow(pg.db, edge.nodeId);
  expect(await code(request(edge, newIdentityPair(), newExchange(), { signer: newIdentityPair() }).body)).toBe(
    'succession_unproved',
  );
  expect(await code({ ...request(stranger).body, session_no: edge.sessionNo })).toBe('succession_unproved');
  expect(await code({ ...request(edge).body, sealing_key: newExchange().publicKey })).toBe('succession_unproved');
  expect(await getNodeRow(pg.db, edge.nodeId)).toMatchObject({
    identityKeyId: before.identityKeyId,
    sealingKey: before.sealingKey,
  });
  expect(await code(request(edge).body)).toBeUndefined();
  expect(await code(request(edge).body)).toBe('identity_replaced');
});

it('lets a key that was replaced name no successor, though it opens sessions for ten minutes more', async () => {
  const edge = await newEdge();
  const { next, body } = request(edge);
  expect((await call(`${replica.url}/identity`, edge.token, body)).status).toBe(200);
  const stolen = request(edge, newIdentityPair(), newExchange(), { from: keyIdOf(next.publicKey) });
  const { status, body: answer } = await call(`${replica.url}/identity`, edge.token, stolen.body);
  expect([status, answer.error.code]).toEqual([409, 'identity_replaced']);
  expect(await getNodeRow(pg.db, edge.nodeId)).toMatchObject({ identityKeyId: keyIdOf(next.publicKey) });
  expect((await edge.openSession(replica)).status).toBe(200);
});
