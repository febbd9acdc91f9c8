import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newPair } from '../src/uplink/signing/ed25519.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { ScriptedControlPlane } from './scripted-control-plane.ts';

let source: ConfigSource;
let center: ScriptedControlPlane;
let dataDir: string;
const nodes: EdgeProcess[] = [];
const soon = { timeout: 15_000, interval: 20 };

async function run(args: readonly string[] = []): Promise<EdgeProcess> {
  const node = await runEdge(dataDir, args);
  nodes.push(node);
  return node;
}

const enroll = (token = center.registrationToken, ...more: string[]) =>
  edge('enroll', '--control-plane', center.url, '--token', token, '--data-dir', dataDir, ...more);

beforeEach(async () => {
  dataDir = newDataDir();
  source = new ConfigSource();
  center = new ScriptedControlPlane(source);
  center.onRegister = async (publicKey) => {
    await source.sealTo('grp_a', 'nod_test', publicKey);
    source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: 'simulator://local' }));
    source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
    source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-x')));
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  };
  await center.start();
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  await center.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a token works once; what is refused leaves nothing behind', async () => {
  const other = new ScriptedControlPlane(source, center.identity).registrationToken;
  const wrong = await enroll(other);
  expect(wrong).toMatchObject({ code: 77, stderr: expect.stringContaining('A token works once') });
  expect(wrong.stderr).not.toContain(other);
  expect(existsSync(join(dataDir, 'identity.json'))).toBe(false);
  const token = center.registrationToken;
  expect((await enroll(token)).code).toBe(0);
  const before = readFileSync(join(dataDir, 'identity.json'), 'utf8');
  expect(await enroll(token)).toMatchObject({ code: 73, stderr: expect.stringContaining('already enrolled') });
  expect(await enroll(token, '--force')).toMatchObject({ code: 77 });
  expect(readFileSync(join(dataDir, 'identity.json'), 'utf8')).toBe(before);
});

test('says what is wrong with the address of a control plane', async () => {
  const at = (url: string) => edge('enroll', '--control-plane', url, '--token', center.registrationToken, '--data-dir', dataDir);
  expect(await at('not an address')).toMatchObject({ code: 64, stderr: expect.stringContaining('is not the address') });
  expect(await at('http://127.0.0.1:1')).toMatchObject({ code: 69, stderr: expect.stringContaining('cannot be reached') });
  const other = createServer((_request, response) => response.writeHead(404).end('<html>a blog</html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const blog = await at(`http://127.0.0.1:${(other.address() as AddressInfo).port}`);
  other.close();
  expect(blog).toMatchObject({ code: 69, stderr: expect.stringContaining('must be the address of an AiCarpool control plane') });
  expect(existsSync(join(dataDir, 'identity.json'))).toBe(false);
});

test('refuses to run what is not enrolled, twice on one folder, or on a port that is taken', async () => {
  const listen = ['--listen', '127.0.0.1:0'];
  const missing = join(dataDir, 'missing');
  expect(await edge('run', '--data-dir', missing, ...listen)).toMatchObject({
    code: 78,
    stderr: expect.stringContaining('not enrolled'),
  });
  expect(existsSync(missing)).toBe(false);
  await enroll();
  const node = await run();
  expect(await edge('run', '--data-dir', dataDir, ...listen)).toMatchObject({
    code: 73,
    stderr: expect.stringContaining('Another node'),
  });
  expect(await enroll('x', '--force')).toMatchObject({ code: 73, stderr: expect.stringContaining('Stop it first') });
  await node.kill('SIGTERM');
  const taken = center.url.replace('http://', '');
  expect(await edge('run', '--data-dir', dataDir, '--listen', taken)).toMatchObject({
    code: 73,
    stderr: expect.stringContaining('another program has the port'),
  });
  const next = await run();
  expect(next.startMs).toBeLessThan(5_000);
});

test('status tells a running node from a stopped and a dead one', async () => {
  const status = (...more: string[]) => edge('status', '--data-dir', dataDir, ...more);
  expect(await status()).toMatchObject({ code: 78 });
  await enroll();
  expect(await status()).toMatchObject({ code: 1, stdout: expect.stringContaining('has not run yet') });
  const node = await run();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  await vi.waitFor(async () => expect((await status('--json')).stdout).toContain('"keys": 1'), soon);
  const running = await status();
  expect(running).toMatchObject({ code: 0, stdout: expect.stringMatching(/state {9}running, process \d+/) });
  expect(running.stdout).toContain('1 keys in 1 groups');
  expect(running.stdout).toMatch(/last contact {2}\d+ s ago/);
  await node.kill('SIGTERM');
  expect(await status()).toMatchObject({ code: 1, stdout: expect.stringMatching(/state {9}stopped at 20/) });
  const second = await run();
  await second.kill('SIGKILL');
  expect(await status()).toMatchObject({ code: 1, stdout: expect.stringMatching(/state {9}died after 20/) });
});

test('doctor finds nothing on a healthy node and names what is wrong with a sick one', async () => {
  const doctor = async (...more: string[]) => {
    const { code, stdout } = await edge('doctor', '--data-dir', dataDir, '--json', ...more);
    const findings: { what: string; verdict: string; found: string }[] = JSON.parse(stdout);
    return { code, of: (what: string) => findings.find((finding) => finding.what === what) };
  };
  await enroll();
  const well = await doctor('--listen', '127.0.0.1:0');
  expect(well.code).toBe(0);
  for (const what of ['data folder', 'durability', 'port', 'enrolled', 'control plane', 'clock', 'identity']) {
    expect(well.of(what)?.verdict, what).not.toBe('fail');
  }
  expect(well.of('identity')).toMatchObject({ verdict: 'ok' });
  expect(center.sessionNo).toBe(0);

  chmodSync(dataDir, 0o755);
  center.identity.nodeKey = newPair('ed25519').publicKey;
  const sick = await doctor('--listen', center.url.replace('http://', ''));
  expect(sick.code).toBe(1);
  expect(sick.of('data folder')?.verdict).toBe('fail');
  expect(sick.of('port')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('EADDRINUSE') });
  expect(sick.of('identity')?.verdict).toBe('fail');
  await center.stop();
  expect((await doctor('--listen', '127.0.0.1:0')).of('control plane')?.verdict).toBe('fail');
});

test('a signal lets the stream that runs finish and closes the books', async () => {
  await enroll();
  const node = await run();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  const stream = () =>
    fetch(`${node.origin}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'acp_one', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude-x', max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    });
  const response = await stream();
  const ended = node.kill('SIGTERM');
  const text = await response.text();
  expect(text).toContain('message_stop');
  expect((await ended).code).toBe(0);
});

test('a control plane that hangs does not hold up the end', async () => {
  center.pollSeconds = 1;
  await enroll();
  const node = await run();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  center.hangs = true;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const asked = performance.now();
  expect((await node.kill('SIGTERM')).code).toBe(0);
  expect(performance.now() - asked).toBeLessThan(8_000);
});

test('a second signal does not wait for a stream that hangs', async () => {
  await enroll();
  let hanging = 0;
  const upstream = await fakeUpstream((_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    hanging += 1;
  });
  source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: upstream.url }));
  const node = await runEdge(dataDir, [], [], { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
  nodes.push(node);
  await vi.waitFor(async () => {
    const asked = ask(node.origin, 'acp_one').catch(() => undefined);
    await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 500))]);
    expect(hanging).toBeGreaterThan(0);
  }, soon);
  const ended = node.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(node.child.exitCode).toBeNull();
  node.child.kill('SIGTERM');
  expect((await ended).code).toBe(143);
  await upstream.close();
});

test('waits for the node before it to finish its streams', async () => {
  await enroll();
  const open: ServerResponse[] = [];
  const upstream = await fakeUpstream((_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    open.push(response);
  });
  source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: upstream.url }));
  const old = await runEdge(dataDir, [], [], { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
  nodes.push(old);
  await vi.waitFor(async () => {
    void ask(old.origin, 'acp_one').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(open.length).toBeGreaterThan(0);
  }, soon);
  const ended = old.kill('SIGTERM');
  const starting = run();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(old.child.exitCode).toBeNull();
  for (const response of open) response.end();
  const next = await starting;
  expect((await ended).code).toBe(0);
  expect(next.child.exitCode).toBeNull();
  await upstream.close();
});

test('serves on when nobody reads its log any more', async () => {
  await enroll();
  const node = await run();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  await vi.waitFor(() => expect(center.streams).toBe(1), soon);
  node.child.stderr?.destroy();
  node.child.stdout?.destroy();
  for (let at = 2; at < 6; at += 1) {
    source.put('grp_a', 'key', `key_${at}`, keyBody(`key_${at}`, 'grp_a', `acp_${at}`));
    center.poke();
    await vi.waitFor(async () => expect((await ask(node.origin, `acp_${at}`)).status).toBe(200), soon);
  }
  expect(node.child.exitCode).toBeNull();
});

test('shows metrics to programs on this machine, or on an address of their own', async () => {
  await enroll();
  const plain = await run();
  expect((await fetch(`${plain.origin}/metrics`)).status).toBe(200);
  expect((await fetch(`${plain.origin}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404);
  await plain.kill('SIGTERM');
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const node = await runEdge(dataDir, [], [], { CARPOOL_METRICS_LISTEN: `127.0.0.1:${port}` });
  nodes.push(node);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(/carpool_edge_requests_total\{dialect="anthropic-messages",status="ok"\} 1/);
  expect(metrics).toMatch(/carpool_edge_config_keys 1/);
  expect(metrics).not.toContain('acp_');
  expect((await fetch(`${node.origin}/metrics`)).status).toBe(404);
});

test('an identity may be kept elsewhere, or nowhere at all: no key is on the disk then', async () => {
  const printed = await enroll(center.registrationToken, '--print-identity');
  expect([printed.code, existsSync(join(dataDir, 'identity.json'))]).toEqual([0, false]);
  const identity = printed.stdout.trim();
  expect(await edge('run', '--data-dir', dataDir, '--listen', '127.0.0.1:0')).toMatchObject({ code: 78 });
  const node = await runEdge(dataDir, [], [], { CARPOOL_EDGE_IDENTITY: identity });
  nodes.push(node);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  const ended = await node.kill('SIGTERM');
  expect(ended.stdout + ended.stderr).not.toContain(identity.slice(0, 200));

  center.registrationToken = center.identity.newToken();
  const inMemory = await run(['--token', center.registrationToken, '--control-plane', center.url]);
  await vi.waitFor(async () => expect((await ask(inMemory.origin, 'acp_one')).status).toBe(200), soon);
  expect(center.registrations).toHaveLength(2);
  expect((await inMemory.kill('SIGTERM')).code).toBe(0);
  const { privateKey } = JSON.parse(Buffer.from(identity, 'base64url').toString('utf8')).identity_key;
  for (const name of readdirSync(dataDir))
    expect([name, readFileSync(join(dataDir, name)).includes(privateKey)]).toEqual([name, false]);
  expect(existsSync(join(dataDir, 'identity.json'))).toBe(false);
  const again = await edge(
    'run',
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    '--token',
    'x',
    '--control-plane',
    center.url,
  );
  expect(again.code).toBe(77);
});
