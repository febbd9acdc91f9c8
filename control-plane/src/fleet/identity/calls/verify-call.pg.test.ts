import { createHmac } from 'node:crypto';
import { answerText, readAnswerProof } from '@aicarpool/shared-protocol';
import { and, eq } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { call, pathOf, send, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { isSigned } from '../../../../test/is-signed.ts';
import { digestOf, NodeIdentity, newExchange } from '../../../../test/node-identity.ts';
import { freshDatabase } from '../../../../test/pg.ts';
import { plainFacts } from '../../../../test/plain-config.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { getNodeRow } from '../../nodes/find-node.ts';
import { retireNode } from '../../nodes/retire-node.ts';
import { fleetNodeScopes, fleetNodes, fleetSessionKeys } from '../../tables.ts';

const pg = await freshDatabase();
let nowMs = Date.parse('2026-11-21T10:00:00Z');
const clock = { now: () => new Date(nowMs) };
const replica = await startReplica(pg, plainFacts, clock);
const other = await startReplica(pg, plainFacts, clock);
afterAll(async () => {
  await replica.close();
  await other.close();
  await pg.close();
});

async function newEdge(): Promise<TestEdge> {
  const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
  const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  return edge;
}

const pulse = (edge: TestEdge, over: object = {}) =>
  JSON.stringify({ node_id: edge.nodeId, status: 'active', active_requests: 0, config_version: 0, ...over });
const alarms = (action: string, nodeId: string) =>
  pg.db
    .select()
    .from(kernelAudit)
    .where(and(eq(kernelAudit.action, action), eq(kernelAudit.targetId, nodeId)));
const beat = (body: string, headers: Record<string, string>, at = replica) => send(`${at.url}/heartbeat`, 'POST', body, headers);

describe('a call inside a session', () => {
  it('is taken once, on any replica; a recorded one is refused, changes nothing and raises one alarm', async () => {
    const edge = await newEdge();
    const body = pulse(edge, { active_requests: 7 });
    const headers = edge.token.call('POST', '/heartbeat', body);
    expect((await beat(body, headers)).status).toBe(200);
    await edge.heartbeat(other, { active_requests: 8 });
    for (const at of [replica, other, replica]) {
      const reply = await beat(body, headers, at);
      expect([reply.status, reply.body.error.code]).toEqual([401, 'call_replayed']);
    }
    expect((await getNodeRow(pg.db, edge.nodeId)).heartbeat).toMatchObject({ active_requests: 8 });
    expect(await alarms('fleet.node.call_replayed', edge.nodeId)).toMatchObject([{ after: { alarm: true } }]);
  });

  it('may overtake others, and hundreds may be under way on two replicas', async () => {
    const edge = await newEdge();
    const calls = Array.from({ length: 120 }, () => {
      const body = pulse(edge);
      return { body, headers: edge.token.call('POST', '/heartbeat', body) };
    }).reverse();
    const replies = await Promise.all(
      [...calls, ...calls].map(({ body, headers }, at) => beat(body, headers, at % 2 ? other : replica)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(120);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(120);
  });

  it('is refused when any part of it was changed on its way, and the true one is still good', async () => {
    const edge = await newEdge();
    const body = pulse(edge);
    const headers = edge.token.call('POST', '/heartbeat', body);
    const { authorization = '' } = headers;
    const [, nodeId = '', sessionNo = '', generation = '', counter = '', mac = ''] =
      /^Carpool-MAC (\S+)\.(\d+)\.(\d+)\.(\d+)\.(\S+)$/.exec(authorization) ?? [];
    const write = (...parts: (string | number)[]) => `Carpool-MAC ${parts.join('.')}`;
    const stranger = await newEdge();
    const forged = [
      write(stranger.nodeId, sessionNo, generation, counter, mac),
      write(nodeId, Number(sessionNo) + 1, generation, counter, mac),
      write(nodeId, sessionNo, Number(generation) + 1, counter, mac),
      write(nodeId, sessionNo, generation, Number(counter) + 1, mac),
      write(nodeId, sessionNo, generation, counter, `${mac.slice(0, -1)}${mac.endsWith('A') ? 'E' : 'A'}`),
    ];
    for (const one of forged) expect((await beat(body, { ...headers, authorization: one })).status).toBe(401);
    const altered = pulse(edge, { active_requests: 9 });
    expect((await beat(altered, headers)).body.error.code).toBe('body_altered');
    const redigested = await beat(altered, { ...headers, 'content-digest': digestOf(altered) });
    expect(redigested.body.error.code).toBe('call_forged');
    expect((await send(`${replica.url}/signals`, 'POST', body, headers)).body.error.code).toBe('call_forged');
    expect((await beat(body, headers)).status).toBe(200);
  });

  it('gets an answer that nobody else can give, refusals too', async () => {
    const edge = await newEdge();
    const check = (reply: { status: number; text: string; proof: string | null }, counter: number) => {
      const proof = readAnswerProof(reply.proof ?? '');
      const text = answerText({ to: String(counter), status: reply.status, bodyDigest: digestOf(reply.text) });
      return (
        proof !== undefined &&
        'mac' in proof &&
        proof.mac === createHmac('sha256', edge.token.key).update(text).digest('base64url')
      );
    };
    const good = await edge.heartbeat(replica);
    expect([good.status, check(good, edge.token.counter)]).toEqual([200, true]);
    expect(check(good, edge.token.counter + 1)).toBe(false);
    expect(check({ ...good, text: `${good.text} ` }, edge.token.counter)).toBe(false);
    const refused = await edge.heartbeat(replica, { node_id: 'nod_other' });
    expect([refused.status, check(refused, edge.token.counter)]).toEqual([403, true]);
    await retireNode(replica.ctx, edge.nodeId);
    const retired = await edge.heartbeat(other);
    expect([retired.body.error.code, check(retired, edge.token.counter)]).toEqual(['node_retired', true]);
  });

  it('is refused after the time of its key; the next key belongs to the same session', async () => {
    const edge = await newEdge();
    nowMs += 899_000;
    expect((await edge.heartbeat(replica)).status).toBe(200);
    const body = pulse(edge);
    const late = edge.token.call('POST', '/heartbeat', body);
    nowMs += 2_000;
    expect((await beat(body, late)).body.error.code).toBe('session_key_expired');
    expect((await edge.renew(other)).status).toBe(200);
    expect((await beat(body, late)).status).toBe(401);
    expect((await edge.heartbeat(replica, { session_no: edge.sessionNo })).status).toBe(200);
    expect(edge.token.generation).toBe(2);
    expect((await getNodeRow(pg.db, edge.nodeId)).sessionNo).toBe(edge.sessionNo);
  });

  it('is refused when the database forgot its keys, as after a crash, and goes on with the next key', async () => {
    const edge = await newEdge();
    await pg.db.delete(fleetSessionKeys);
    expect((await edge.heartbeat(replica)).body.error.code).toBe('session_key_unknown');
    expect((await edge.renew(replica)).status).toBe(200);
    expect((await edge.heartbeat(replica)).status).toBe(200);
  });
});

describe('an identity key', () => {
  it('opens a session only with its own signature, over this very request, now and once', async () => {
    const edge = await newEdge();
    const half = newExchange();
    const session = {
      protocol: { min: 1, max: 1 },
      build: '',
      boot_id: 'b',
      incarnation: 'i',
      last_seq: 0,
      chain: '',
      listen: '',
    };
    const body = JSON.stringify({ ...session, exchange: half.publicKey });
    const url = `${replica.url}/session`;
    const headers = edge.token.signed('POST', '/session', body);
    const thief = new NodeIdentity(undefined, () => Math.floor(nowMs / 1000));
    const codes: string[] = [];
    for (const [text, with_] of [
      [body, thief.signed('POST', '/session', body)],
      [body, { ...thief.signed('POST', '/session', body), 'signature-input': headers['signature-input'] ?? '' }],
      [body.replace('"b"', '"c"'), headers],
      [body, edge.token.signed('POST', '/session/renew', body)],
      [body, edge.token.signed('POST', '/session', body, { createdS: nowMs / 1000 - 301 })],
      [body, edge.token.signed('POST', '/session', body, { createdS: nowMs / 1000 + 301 })],
    ] as const)
      codes.push((await send(url, 'POST', text, with_)).body.error.code);
    expect(codes).toEqual(['node_unknown', 'signature_wrong', 'body_altered', 'signature_wrong', 'clock_skew', 'clock_skew']);
    const { sessionNo } = await getNodeRow(pg.db, edge.nodeId);
    expect((await send(url, 'POST', body, headers)).status).toBe(200);
    for (const at of [replica, other]) {
      expect((await send(`${at.url}/session`, 'POST', body, headers)).body.error.code).toBe('request_replayed');
    }
    expect((await getNodeRow(pg.db, edge.nodeId)).sessionNo).toBe(sessionNo + 1);
    expect(await alarms('fleet.node.request_replayed', edge.nodeId)).toHaveLength(1);
  });

  it('is told the time in a refusal that is signed', async () => {
    const edge = await newEdge();
    const body = JSON.stringify({ session_no: 1, exchange: newExchange().publicKey });
    const nonce = 'n'.repeat(22);
    const headers = edge.token.signed('POST', '/session/renew', body, { createdS: 1, nonce });
    const reply = await send(`${replica.url}/session/renew`, 'POST', body, headers);
    expect(reply.body.error).toMatchObject({ code: 'clock_skew', details: { center_time: new Date(nowMs).toISOString() } });
    const proof = readAnswerProof(reply.proof ?? '');
    const text = answerText({ to: nonce, status: 401, bodyDigest: digestOf(reply.text) });
    expect(proof && 'sig' in proof && (await isSigned(replica.fleet.signingKeys, replica.ctx, text, proof))).toBe(true);
  });

  it('is the only thing that a node is known by once it has one', async () => {
    const edge = await newEdge();
    await pg.db.update(fleetNodes).set({ tokenHash: 'x' }).where(eq(fleetNodes.id, edge.nodeId));
    const { hashSecretText } = await import('../../enrollment/secret-text.ts');
    const token = `acn_${'t'.repeat(43)}`;
    await pg.db
      .update(fleetNodes)
      .set({ tokenHash: hashSecretText(token) })
      .where(eq(fleetNodes.id, edge.nodeId));
    const reply = await call(`${replica.url}/heartbeat`, token, JSON.parse(pulse(edge)));
    expect([reply.status, reply.body.error.code]).toEqual([401, 'identity_required']);
  });
});

describe('two processes with one identity', () => {
  it('fight over the session: the one that was fenced raises an alarm when it calls on', async () => {
    const edge = await newEdge();
    const clone = new TestEdge(edge.nodeId, new NodeIdentity(edge.token.pair, () => Math.floor(nowMs / 1000)));
    await clone.openSession(other, { boot_id: 'another process' });
    const reply = await edge.heartbeat(replica);
    expect([reply.status, reply.body.error.code]).toEqual([409, 'session_fenced']);
    expect((await clone.heartbeat(replica)).status).toBe(200);
    const [alarm] = await alarms('fleet.node.identity_conflict', edge.nodeId);
    expect(alarm?.after).toMatchObject({ alarm: true, fenced_session: 1, newest_session: 2 });
    expect((await getNodeRow(pg.db, edge.nodeId)).conflictAt).toEqual(new Date(nowMs));
  });

  it('are not seen in one process that opens its session anew', async () => {
    const edge = await newEdge();
    const late = edge.token.call('POST', '/heartbeat', pulse(edge));
    await edge.openSession(replica);
    expect((await beat(pulse(edge), late)).status).toBe(409);
    expect(await alarms('fleet.node.identity_conflict', edge.nodeId)).toEqual([]);
  });
});

describe('a node that has a token alone', () => {
  it('beats and hears config without keys, and may do nothing else', async () => {
    const input = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
    const { registrationToken } = await issueRegistrationToken(replica.ctx, input, '');
    const sealing_key = newExchange().publicKey;
    const joined = await call(`${replica.url}/register`, registrationToken, { server_ip: '203.0.113.10', sealing_key });
    const { node_id, node_token } = joined.body.data;
    expect(node_token).toMatch(/^acn_/);
    expect((await getNodeRow(pg.db, node_id)).sealingKey).toBeNull();
    const beat = { node_id, status: 'active', active_requests: 1, config_version: 0 };
    expect((await call(`${replica.url}/heartbeat`, node_token, beat)).status).toBe(200);
    for (const name of ['signals', 'answers', 'probe-answers']) {
      const reply = await call(`${replica.url}/${name}`, node_token, {});
      expect([name, reply.status, reply.body.error.code]).toEqual([name, 403, 'identity_required']);
    }
    expect((await pg.db.select().from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, node_id))).length).toBe(0);
    expect(pathOf(`${replica.url}/heartbeat`)).toBe('/heartbeat');
  });
});
