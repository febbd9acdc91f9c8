import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigSource } from '../../../test/config-source.ts';
import { ScriptedControlPlane } from '../../../test/scripted-control-plane.ts';
import { ControlPlane } from '../call-control-plane.ts';
import { keyIdOf, newPair } from './ed25519.ts';
import { join } from './join.ts';
import { NodeIdentity } from './node-identity.ts';
import { type OpenedSession, openSession } from './open-session.ts';

/** Somebody between the node and the control plane, who reads and changes what he likes. */
class Between {
  readonly seen: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  change: (path: string, status: number, body: string) => { status: number; body: string } = (_, status, body) => ({
    status,
    body,
  });
  readonly #server: Server;

  constructor(target: string) {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      this.seen.push({ path: request.url ?? '', headers: request.headers, body });
      const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
      const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers: headers as Record<string, string>, body });
      const changed = this.change(request.url ?? '', answer.status, await answer.text());
      const proof = answer.headers.get('carpool-proof');
      response.writeHead(changed.status, { 'content-type': 'application/json', ...(proof ? { 'carpool-proof': proof } : {}) });
      response.end(changed.body);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let center: ScriptedControlPlane;
let between: Between;
let controlPlane: ControlPlane;
let clockMs = 0;
const never = new AbortController().signal;
const nowMs = () => Date.now() + clockMs;
const request = { protocol: { min: 1, max: 1 }, build: '', boot_id: 'b', incarnation: 'i', last_seq: 0, chain: '', listen: '' };
const options = { monotonicMs: () => performance.now() + clockMs, signal: never };

beforeEach(async () => {
  clockMs = 0;
  center = new ScriptedControlPlane(new ConfigSource());
  await center.start();
  between = new Between(center.url);
  controlPlane = new ControlPlane(await between.start());
});
afterEach(async () => {
  await controlPlane.close();
  await between.stop();
  await center.stop();
});

async function open(identity = new NodeIdentity(center.identity.enrol(), () => undefined, nowMs)): Promise<OpenedSession> {
  const opened = await openSession(controlPlane, identity, request, options);
  if (!opened.ok) throw new Error(opened.failure.code);
  return opened.data;
}

const beat = ({ credential }: OpenedSession) =>
  controlPlane.post({ name: 'heartbeat', token: credential, body: {}, answer: z.unknown(), deadlineMs: 5_000, signal: never });

const joinNow = (token: string) => join(controlPlane, token, {}, { nowMs, signal: never });

test('a token and its secret never travel, and nothing but a random number goes to a stranger', async () => {
  const token = center.registrationToken;
  const [, , , secret = ''] = token.split('.');
  const joined = await joinNow(token);
  expect(joined).toMatchObject({ ok: true, data: { signingKeys: center.identity.pairs.map(({ publicKey }) => publicKey) } });
  expect(JSON.stringify(between.seen)).not.toContain(secret);

  const stranger = new ScriptedControlPlane(new ConfigSource());
  const before = between.seen.length;
  expect(await joinNow(stranger.registrationToken)).toBe('other control plane');
  const told = between.seen.slice(before);
  expect(told.map(({ path }) => path)).toEqual(['/api/v1/edge-nodes/challenge']);
  expect(Object.keys(JSON.parse(told[0]?.body ?? '{}'))).toEqual(['nonce']);
  expect(await joinNow('acr_of-another-time')).toBe('no token');
});

test('who changes the challenge, or answers it with keys of his own, is not believed', async () => {
  const own = newPair('ed25519');
  const changes: ((data: Record<string, unknown>) => Record<string, unknown>)[] = [
    (data) => ({ ...data, challenge: 'another' }),
    (data) => ({ ...data, center_time: '2030-01-01T00:00:00Z' }),
    (data) => ({ ...data, signing_keys: [{ key: own.publicKey, by: null, endorsement: null, state: 'current' }] }),
    (data) => ({
      ...data,
      signing_keys: [
        ...(data['signing_keys'] as object[]),
        { key: own.publicKey, by: keyIdOf(center.identity.current.publicKey), endorsement: 'A'.repeat(86), state: 'next' },
      ],
    }),
  ];
  for (const change of changes) {
    between.change = (_path, status, body) => ({
      status,
      body: JSON.stringify({ success: true, data: change(JSON.parse(body).data) }),
    });
    expect(await joinNow(center.registrationToken)).toBe('other control plane');
  }
  expect(between.seen.every(({ path }) => path.endsWith('/challenge'))).toBe(true);
});

test('a session opens only with an answer that the control plane signed for this request', async () => {
  const identity = new NodeIdentity(center.identity.enrol(), () => undefined, nowMs);
  const first = await openSession(controlPlane, identity, request, options);
  expect(first.ok).toBe(true);
  for (const [from, to] of [
    ['"session_no":2', '"session_no":1'],
    ['"epoch":"epoch-1"', '"epoch":"epoch-2"'],
    ['"generation"', ' "generation"'],
  ] as const) {
    between.change = (_path, status, body) => ({
      status,
      body: body.replace(from, to).replace('"session_no":3', '"session_no":1'),
    });
    const opened = await openSession(controlPlane, identity, request, options);
    expect(opened).toMatchObject({ ok: false, failure: { code: 'answer_unproved' } });
  }
});

test('no refusal that somebody in between made up ends anything, and no answer he made up is taken', async () => {
  const session = await open();
  expect((await beat(session)).ok).toBe(true);
  const error = (code: string) => JSON.stringify({ success: false, error: { code, message: '', request_id: '' } });
  for (const [status, code] of [
    [401, 'node_retired'],
    [409, 'session_fenced'],
  ] as const) {
    between.change = () => ({ status, body: error(code) });
    expect(await beat(session)).toMatchObject({ ok: false, failure: { code, proved: false } });
  }
  between.change = (_path, status, body) => ({ status, body: body.replace('60', '61') });
  expect(await beat(session)).toMatchObject({ ok: false, failure: { code: 'answer_unproved' } });
  between.change = (_path, _status, body) => ({ status: 201, body });
  expect(await beat(session)).toMatchObject({ ok: false, failure: { code: 'answer_unproved' } });
});

test('every call is another one, and the key changes long before it expires without a new session', async () => {
  const session = await open();
  await beat(session);
  await beat(session);
  const macs = () =>
    between.seen.filter(({ path }) => path.endsWith('/heartbeat')).map(({ headers }) => headers.authorization ?? '');
  expect(new Set(macs()).size).toBe(2);
  const generation = (mac: string | undefined) => mac?.split('.')[2];
  expect(macs().map(generation)).toEqual(['1', '1']);
  clockMs = 601_000;
  expect((await beat(session)).ok).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await beat(session)).ok).toBe(true);
  expect(generation(macs().at(-1))).toBe('2');
  clockMs = 601_000 + 901_000;
  expect((await beat(session)).ok).toBe(true);
  expect(generation(macs().at(-1))).toBe('3');
  expect(center.sessionNo).toBe(1);
});

test('a database that lost the keys of sessions costs one renewal, not the session', async () => {
  const session = await open();
  center.identity.forgetSessionKeys();
  expect((await beat(session)).ok).toBe(true);
  expect(center.sessionNo).toBe(1);
  expect(between.seen.map(({ path }) => path.split('edge-nodes/')[1])).toEqual([
    'session',
    'heartbeat',
    'session/renew',
    'heartbeat',
  ]);
});

test('a clock that is wrong by an hour is put right by what the control plane says, once, and only if it proves it', async () => {
  clockMs = 3_600_000;
  const identity = new NodeIdentity(center.identity.enrol(), () => undefined, nowMs);
  center.identity.strictClock = true;
  expect((await openSession(controlPlane, identity, request, options)).ok).toBe(true);
  const liar = new NodeIdentity(center.identity.enrol(), () => undefined, nowMs);
  between.change = (_path, status, body) => ({ status, body: body.replace(/20\d\d-/, '2031-') });
  const tried = await openSession(controlPlane, liar, request, options);
  expect(tried).toMatchObject({ ok: false, failure: { code: 'clock_skew', proved: false } });
});

test('signing keys that were rotated while a node was away lead it on, from one to the next', async () => {
  const saved: string[][] = [];
  const identity = new NodeIdentity(center.identity.enrol(), ({ signing_keys }) => saved.push(signing_keys), nowMs);
  for (let turn = 0; turn < 3; turn += 1) center.identity.rotate();
  expect((await openSession(controlPlane, identity, request, options)).ok).toBe(true);
  expect(saved.at(-1)).toEqual(center.identity.pairs.slice(-2).map(({ publicKey }) => publicKey));
  center.identity.pairs = [newPair('ed25519'), newPair('ed25519')];
  const strange = await openSession(controlPlane, identity, request, options);
  expect(strange).toMatchObject({ ok: false, failure: { code: 'answer_unproved' } });
  expect(identity.centerKeys.keys()).toEqual(saved.at(-1));
});
