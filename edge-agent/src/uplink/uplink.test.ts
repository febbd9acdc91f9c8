import type { Probe, ProbeAnswer, Signal, StatsQuestion } from '@aicarpool/shared-protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256 } from '../../test/config-source.ts';
import { type KeepFixture, keepFixture } from '../../test/keep-fixture.ts';
import { ScriptedControlPlane } from '../../test/scripted-control-plane.ts';
import { openLog } from '../observe/log.ts';
import { openMetrics } from '../observe/metrics.ts';
import type { OpenConfig } from '../snapshot/open-keep.ts';
import { ControlPlane } from './call-control-plane.ts';
import { NodeIdentity } from './signing/node-identity.ts';
import { Uplink } from './uplink.ts';

let fixture: KeepFixture;
let source: ConfigSource;
let center: ScriptedControlPlane;
let config: OpenConfig;
let uplink: Uplink | undefined;
let controlPlane: ControlPlane;
let identity: NodeIdentity;
const ended: string[] = [];
const asked: StatsQuestion[] = [];
const noticed: Signal[] = [];

const probed: ProbeAnswer['result'] = {
  ok: true,
  upstream_id: 'ups_1',
  response_time_ms: 12,
  text: 'Hi',
  model: 'm',
  input_tokens: 1,
  output_tokens: 2,
  exit_address: null,
  forwarding_headers: null,
};
const probe = (probe_id: string, deadline_ms = 2_000): Probe => ({
  kind: 'account',
  probe_id,
  group_id: 'grp_a',
  service: 'claude',
  upstream_id: null,
  model: null,
  message: 'Hi',
  deadline_ms,
});
const signal = (id: string): Signal => ({
  id,
  kind: 'account_down',
  at: '2026-11-21T00:00:00Z',
  group_id: 'grp_a',
  service: 'claude',
  upstream_id: 'ups_1',
  proxy_id: null,
  reason: 'overloaded',
  until: null,
  count: 1,
});

const knows = (text: string) => config.current.pin()?.findKey(sha256(text)) !== undefined;
const soon = { timeout: 5_000, interval: 10 };

function connect(): Uplink {
  const ask = async (question: StatsQuestion) => {
    asked.push(question);
    if (question.question_id === 'qst_never') await new Promise(() => undefined);
    const { question_id } = question;
    return { question_id, outcome: 'complete' as const, covered_from: null, approximate: false, rows: 7, last_seq: 9, cells: [] };
  };
  const made = new Uplink({
    controlPlane,
    identity,
    clocks: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    random: () => 0.2,
    log: openLog({ level: 'silent' }),
    metrics: openMetrics(),
    keep: config.keep,
    ledger: { ask, head: () => ({ incarnation: 'inc', seq: 9, chain: 'ab' }) },
    vitals: () => ({ node_id: 'nod_test', status: 'active', active_requests: 3, config_version: config.status().version }),
    runProbe: async (probe) => {
      if (probe.probe_id === 'prb_bug') throw new Error('a bug');
      if (probe.probe_id === 'prb_slow') await new Promise(() => undefined);
      return probed;
    },
    drainSignals: (atMost) => noticed.splice(0, atMost),
    about: { build: 'test', bootId: 'boot-1', listen: '127.0.0.1:1' },
    onEnd: (why) => {
      ended.push(why);
    },
  });
  made.start();
  return made;
}

beforeEach(async () => {
  fixture = await keepFixture();
  source = new ConfigSource();
  source.put(globalScope, 'service', 'claude', serviceBody('claude'));
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
  source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  center = new ScriptedControlPlane(source, fixture.center);
  identity = new NodeIdentity(fixture.center.enrol(), () => undefined);
  await center.start();
  config = await fixture.open();
  controlPlane = new ControlPlane(center.url);
  ended.length = 0;
  asked.length = 0;
  noticed.length = 0;
  uplink = undefined;
});
afterEach(async () => {
  await uplink?.stop();
  await controlPlane.close();
  await center.stop();
  fixture.remove();
});

test('opens a session, takes the config, confirms it at once and says that it lives', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  await vi.waitFor(() => expect(center.syncs.length).toBeGreaterThanOrEqual(2), soon);
  expect(center.syncs.at(-1)).toMatchObject({ have: { base: 3 }, digests: { grp_a: source.digest('grp_a') } });
  await vi.waitFor(() => expect(center.heartbeats).toMatchObject([{ session_no: 1, active_requests: 3 }]), soon);
  expect(uplink.state()).toMatchObject({ sessionNo: 1, failure: undefined });
});

test('a poke brings a change within a second, long before the next poll', async () => {
  center.pollSeconds = 600;
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  source.remove('grp_a', 'key', 'key_1');
  const poked = performance.now();
  center.poke();
  await vi.waitFor(() => expect([knows('acp_two'), knows('acp_one')]).toEqual([true, false]), { timeout: 1_000, interval: 5 });
  expect(performance.now() - poked).toBeLessThan(1_000);
});

test('a lost poke costs one poll', async () => {
  center.pollSeconds = 1;
  uplink = connect();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  source.remove('grp_a', 'key', 'key_1');
  await vi.waitFor(() => expect(knows('acp_one')).toBe(false), { timeout: 2_500, interval: 20 });
});

test('comes back by itself when the control plane was away', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  await center.stop();
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  await vi.waitFor(() => expect(uplink?.state().failure?.kind ?? 'none').not.toBe('rubbish'), soon);
  expect(knows('acp_one')).toBe(true);
  await center.start();
  await vi.waitFor(() => expect(knows('acp_two')).toBe(true), { timeout: 8_000, interval: 50 });
  await vi.waitFor(() => expect(center.streams).toBe(1), { timeout: 8_000, interval: 50 });
  expect(ended).toEqual([]);
});

test('a poisoned upsert does not hold up a revocation, and is reported', async () => {
  center.pollSeconds = 600;
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  source.put('grp_a', 'group', 'grp_a', { poison: true });
  source.remove('grp_a', 'key', 'key_1');
  center.poke();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(false), { timeout: 1_000, interval: 5 });
  await vi.waitFor(() => expect(center.syncs.at(-1)?.rejects).toMatchObject([{ id: 'grp_a', code: 'invalid' }]), soon);
  expect(config.current.pin()?.findGroup('grp_a')?.status).toBe('active');
});

test('stops calling once a newer session of this node is open, and goes by answers rather than by rumour', async () => {
  center.pollSeconds = 600;
  uplink = connect();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  const beats = center.heartbeats.length;
  center.tell({ type: 'fenced', message: 'but it is not' });
  await vi.waitFor(() => expect(center.heartbeats.length).toBe(beats + 1), soon);
  expect(ended).toEqual([]);
  center.sessionNo += 1;
  center.tell({ type: 'fenced', message: 'now it is' });
  await vi.waitFor(() => expect(ended).toEqual(['fenced']), soon);
  const calls = center.syncs.length + center.heartbeats.length;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(center.syncs.length + center.heartbeats.length).toBe(calls);
  expect(knows('acp_one')).toBe(true);
});

test('begins anew when the control plane was restored and counts sessions from an older number', async () => {
  center.pollSeconds = 1;
  center.sessionNo = 10;
  uplink = connect();
  await vi.waitFor(() => expect(uplink?.state().sessionNo).toBe(11), soon);
  center.sessionNo = 4;
  await vi.waitFor(() => expect(uplink?.state().sessionNo).toBe(5), soon);
  expect(ended).toEqual([]);
});

test('ends when an administrator retires the node, but not because its token is unknown', async () => {
  center.pollSeconds = 1;
  uplink = connect();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  center.refusal = { status: 401, code: 'node_unknown' };
  await vi.waitFor(() => expect(uplink?.state().failure?.code).toBe('node_unknown'), soon);
  expect(ended).toEqual([]);
  center.refusal = { status: 401, code: 'node_retired' };
  await vi.waitFor(() => expect(ended).toEqual(['retired']), soon);
});

test('keeps to the wait that the control plane asks for', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  await vi.waitFor(() => expect(center.syncs.length).toBeGreaterThanOrEqual(2), soon);
  const before = center.syncs.length;
  center.refusal = { status: 429, code: 'slow_down', retryAfter: '2' };
  source.remove('grp_a', 'key', 'key_1');
  center.poke();
  await vi.waitFor(() => expect(uplink?.state().failure?.code).toBe('slow_down'), soon);
  const refusedAt = performance.now();
  center.refusal = undefined;
  center.poke();
  await vi.waitFor(() => expect(center.syncs.length).toBeGreaterThan(before), soon);
  expect(performance.now() - refusedAt).toBeGreaterThan(1_800);
});

test('answers questions two at a time, and says so when the deadline passes', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
  const edges = ['2026-11-21T00:00:00Z', '2026-11-21T01:00:00Z'];
  const question = (question_id: string) => ({ question_id, edges, filter, by: [], deadline_ms: 400 });
  for (const id of ['qst_never', 'qst_never', 'qst_3']) center.tell({ type: 'query', question: question(id) });
  await vi.waitFor(() => expect(asked.length).toBe(2), soon);
  await vi.waitFor(() => expect(center.answers.length).toBe(3), soon);
  expect(center.answers.map(({ question_id, outcome }) => [question_id, outcome]).sort()).toEqual([
    ['qst_3', 'failed'],
    ['qst_never', 'failed'],
    ['qst_never', 'failed'],
  ]);
  center.tell({ type: 'query', question: question('qst_4') });
  await vi.waitFor(
    () => expect(center.answers.at(-1)).toMatchObject({ question_id: 'qst_4', outcome: 'complete', rows: 7, session_no: 1 }),
    soon,
  );
});

test('an answer that is no answer changes nothing and is asked for again later', async () => {
  center.pollSeconds = 1;
  uplink = connect();
  await vi.waitFor(() => expect(knows('acp_one')).toBe(true), soon);
  source.remove('grp_a', 'key', 'key_1');
  center.bend = () => ({ scopes: 'rubbish' });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(knows('acp_one')).toBe(true);
  center.bend = (answer) => answer;
  await vi.waitFor(() => expect(knows('acp_one')).toBe(false), { timeout: 10_000, interval: 50 });
});

test('tries what it is asked to try, and says so when it cannot', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  for (const asks of [probe('prb_one'), probe('prb_bug'), probe('prb_slow', 200)]) center.tell({ type: 'probe', probe: asks });
  await vi.waitFor(() => expect(center.probeAnswers).toHaveLength(3), soon);
  const byId = new Map(center.probeAnswers.map((answer) => [answer.probe_id, answer]));
  expect(byId.get('prb_one')).toEqual({ session_no: 1, probe_id: 'prb_one', result: probed });
  expect(byId.get('prb_bug')?.result).toMatchObject({ ok: false, code: 'node_failed' });
  expect(byId.get('prb_slow')?.result).toMatchObject({ ok: false, code: 'timeout' });
});

test('runs a few probes at once and no more', async () => {
  uplink = connect();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  const slow = { ...probe('prb_slow', 60_000) };
  for (let at = 0; at < 5; at += 1) center.tell({ type: 'probe', probe: slow });
  await vi.waitFor(() => expect(center.probeAnswers).toMatchObject([{ result: { ok: false, code: 'busy' } }]), soon);
});

test('says what it noticed, and keeps it until it was taken', async () => {
  noticed.push(signal('sig_1'), signal('sig_2'));
  center.refusal = { status: 503, code: 'database_away', retryAfter: '0' };
  uplink = connect();
  await new Promise((resolve) => setTimeout(resolve, 100));
  center.refusal = undefined;
  await vi.waitFor(() => expect(center.signals.map(({ id }) => id)).toEqual(['sig_1', 'sig_2']), { timeout: 8_000 });
  center.refuseSignals = 1;
  noticed.push(signal('sig_3'));
  await vi.waitFor(() => expect(center.signals.map(({ id }) => id)).toEqual(['sig_1', 'sig_2', 'sig_3']), { timeout: 12_000 });
}, 25_000);
