import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { ScriptedControlPlane } from './scripted-control-plane.ts';

let source: ConfigSource;
let center: ScriptedControlPlane;
let dataDir: string;
const nodes: EdgeProcess[] = [];

const soon = { timeout: 15_000, interval: 20 };
const secret = 'sk-ant-api03-canary-of-the-test';

async function run(args: readonly string[] = [], nodeArgs: readonly string[] = []): Promise<EdgeProcess> {
  const node = await runEdge(dataDir, args, nodeArgs);
  nodes.push(node);
  return node;
}

const enroll = (...more: string[]) =>
  edge('enroll', '--control-plane', center.url, '--token', center.registrationToken, '--data-dir', dataDir, ...more);

const usable = (node: EdgeProcess, key: string) =>
  vi.waitFor(async () => expect((await ask(node.origin, key)).status).toBe(200), soon);

beforeEach(async () => {
  dataDir = newDataDir();
  source = new ConfigSource();
  center = new ScriptedControlPlane(source);
  center.onRegister = async (publicKey) => {
    await source.sealTo('grp_a', 'nod_test', publicKey);
    source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: 'simulator://local' }));
    source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
    source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', secret)));
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  };
  await center.start();
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  await center.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('enroll, run, and a key is usable; a poke brings the next one within a second, and takes one away', async () => {
  const enrolled = await enroll('--name', 'tester', '--region', 'eu');
  expect(enrolled).toMatchObject({ code: 0, stderr: '' });
  expect(enrolled.stdout).toContain('nod_test');
  expect(center.registrations).toMatchObject([{ node_name: 'tester', region: 'eu' }]);
  const identity = join(dataDir, 'identity.json');
  expect(statSync(identity).mode & 0o777).toBe(0o600);

  const node = await run();
  await usable(node, 'acp_one');
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  source.remove('grp_a', 'key', 'key_1');
  const poked = performance.now();
  center.poke();
  await usable(node, 'acp_two');
  expect((await ask(node.origin, 'acp_one')).status).toBe(401);
  expect(performance.now() - poked).toBeLessThan(1_000);
  expect(center.heartbeats.length).toBe(1);

  const ended = await node.kill('SIGTERM');
  expect(ended.code).toBe(0);
  expect(center.heartbeats.at(-1)).toMatchObject({ status: 'draining' });
  const everything = ended.stdout + ended.stderr + readFileSync(join(dataDir, 'status.json'), 'utf8');
  const { identity_key, sealing_keys } = JSON.parse(readFileSync(identity, 'utf8'));
  for (const hidden of [secret, identity_key.privateKey, sealing_keys[0].privateKey, 'acp_one'])
    expect(everything).not.toContain(hidden);
  expect(readFileSync(join(dataDir, 'config.db')).includes(secret)).toBe(false);
});

test('serves on without the control plane, and a start without it serves too', async () => {
  await enroll();
  const node = await run();
  await usable(node, 'acp_one');
  await center.stop();
  expect((await ask(node.origin, 'acp_one')).status).toBe(200);
  await node.kill('SIGKILL');
  const again = await run();
  expect((await ask(again.origin, 'acp_one')).status).toBe(200);
  source.remove('grp_a', 'key', 'key_1');
  await center.start();
  await vi.waitFor(async () => expect((await ask(again.origin, 'acp_one')).status).toBe(401), soon);
});

test('a start without the control plane keeps to its part of a limit that other nodes share', async () => {
  center.settlement.sharedBy = [{ group: 'grp_a', nodes: 4 }];
  await enroll();
  const limits = { requests: { requests: 8, window_s: 3600 }, tokens_per_minute: null, concurrency: null };
  source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { limits }));
  const node = await run();
  await usable(node, 'acp_one');
  await vi.waitFor(() => expect(existsSync(join(dataDir, 'rights.json'))).toBe(true), soon);
  await center.stop();
  await node.kill('SIGKILL');
  const again = await run();
  const statuses = [];
  for (let at = 0; at < 4; at += 1) statuses.push((await ask(again.origin, 'acp_one')).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
});

test('a poisoned upsert does not hold up a revocation', async () => {
  await enroll();
  const node = await run();
  await usable(node, 'acp_one');
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  source.put('grp_a', 'upstream', 'ups_1', { id: 'ups_1', base_url: ['not', 'a', 'text'] });
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  source.remove('grp_a', 'key', 'key_1');
  center.poke();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(401), { timeout: 1_000, interval: 10 });
  expect((await ask(node.origin, 'acp_two')).status).toBe(200);
  await vi.waitFor(() => expect(center.syncs.at(-1)?.rejects).toMatchObject([{ id: 'ups_1', code: 'invalid' }]), soon);
});

test('killed at any moment while config arrives, it starts with a state that the control plane had published', async () => {
  await enroll();
  const published = new Set<string>([source.digest('grp_a')]);
  const publish = () => {
    source.put('grp_a', 'key', `key_${source.head % 50}`, keyBody(`key_${source.head % 50}`, 'grp_a', `acp_${source.head}`));
    published.add(source.digest('grp_a'));
    center.poke();
  };
  const seen = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const node = await run();
    const churn = setInterval(publish, 3);
    await vi.waitFor(() => expect(center.streams).toBe(1), soon);
    await vi.waitFor(() => expect(center.syncs.some(({ digests }) => digests['grp_a'] !== undefined)).toBe(true), soon);
    await new Promise((resolve) => setTimeout(resolve, 150 + 37 * round));
    await node.kill('SIGKILL');
    clearInterval(churn);
    const asked = center.syncs.length;
    const next = await run();
    await vi.waitFor(() => expect(center.syncs.length).toBeGreaterThan(asked), soon);
    const digest = center.syncs[asked]?.digests['grp_a'] ?? 'none';
    expect(published).toContain(digest);
    seen.add(digest);
    await next.kill('SIGKILL');
  }
  expect(seen.size).toBeGreaterThan(4);
});

test('a damaged config is set aside and fetched anew', async () => {
  await enroll();
  const first = await run();
  await usable(first, 'acp_one');
  await first.kill('SIGTERM');
  for (const tail of ['-wal', '-shm']) rmSync(join(dataDir, `config.db${tail}`), { force: true });
  writeFileSync(join(dataDir, 'config.db'), 'rubbish '.repeat(5000));
  const second = await run();
  await usable(second, 'acp_one');
  expect(existsSync(join(dataDir, 'config.db.broken-1'))).toBe(true);
});

test('a node whose name another process took ends with 75 and stays down until it is told to take over', async () => {
  center.pollSeconds = 1;
  await enroll();
  const node = await run();
  await usable(node, 'acp_one');
  center.sessionNo += 1;
  const ended = await node.kill('SIGCONT');
  expect(ended.code).toBe(75);
  const sessions = center.sessionNo;
  const refused = await edge('run', '--data-dir', dataDir, '--listen', '127.0.0.1:0');
  expect(refused.code).toBe(75);
  expect(refused.stderr).toContain('--take-over');
  expect(center.sessionNo).toBe(sessions);
  const back = await run(['--take-over']);
  await usable(back, 'acp_one');
  expect(center.sessionNo).toBe(sessions + 1);
});

test('a node that is retired forgets its config and ends; a restart serves nobody', async () => {
  center.pollSeconds = 1;
  await enroll();
  const node = await run();
  await usable(node, 'acp_one');
  center.refusal = { status: 401, code: 'node_retired' };
  expect((await node.kill('SIGCONT')).code).toBe(77);
  await center.stop();
  const again = await run();
  expect((await ask(again.origin, 'acp_one')).status).toBe(503);
});

test('two crashes in a row with a new config bring back the one before, and the heartbeat says so', async () => {
  await enroll();
  const first = await run();
  await usable(first, 'acp_one');
  await first.kill('SIGTERM');
  markHealthy();
  const second = await run();
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  source.put('grp_a', 'key', 'key_2', keyBody('key_2', 'grp_a', 'acp_two'));
  center.poke();
  await usable(second, 'acp_two');
  await second.kill('SIGKILL');
  const bomb = `--import=data:text/javascript,${encodeURIComponent('process.once("SIGUSR2", () => { throw new Error("boom") })')}`;
  for (let round = 0; round < 2; round += 1) {
    const crashing = await run([], [bomb]);
    const { code, stderr } = await crashing.kill('SIGUSR2');
    expect(code).toBe(70);
    expect(stderr).toContain('boom');
  }
  const guarded = await run();
  await usable(guarded, 'acp_one');
  expect((await ask(guarded.origin, 'acp_two')).status).toBe(401);
  await vi.waitFor(() => expect(center.heartbeats.at(-1)).toMatchObject({ config_slot: 'previous' }), soon);
  await vi.waitFor(() => expect(center.syncs.at(-1)?.rejects).toMatchObject([{ id: 'key_2', code: 'crash_loop' }]), soon);
});

/** What a minute of healthy life would have written. */
function markHealthy(): void {
  const db = new Database(join(dataDir, 'config.db'));
  db.prepare("INSERT OR REPLACE INTO meta SELECT 'healthy_no', value FROM meta WHERE name = 'apply_no'").run();
  db.close();
}
