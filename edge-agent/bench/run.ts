import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testKey } from '../test/snapshot.ts';
import type { Load, Measured } from './load-generator.ts';

/**
 * `npm run bench`: the node beside a forwarder that does nothing else, in one run, each in a process of its own, both
 * in front of the same fake provider. Ratios are what counts; the figures themselves are this machine's.
 */
const seconds = Number(process.argv[2] ?? 4);
const rounds = Number(process.argv[3] ?? 2);

interface Scenario {
  readonly name: string;
  readonly target: string;
  readonly body: string;
  readonly connections: number;
}

const question = (text: string, fields: object = {}) =>
  JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1000, ...fields, messages: [{ role: 'user', content: text }] });
const scenarios: readonly Scenario[] = [
  { name: 'small JSON', target: '/v1/messages', body: question('hello'), connections: 128 },
  { name: '50 KB body', target: '/v1/messages', body: question('x'.repeat(50_000)), connections: 32 },
  { name: '200 KB body', target: '/v1/messages', body: question('x'.repeat(200_000)), connections: 32 },
  {
    name: 'SSE, 50 KB body',
    target: '/v1/messages?stream',
    body: question('x'.repeat(50_000), { stream: true }),
    connections: 64,
  },
  { name: 'SSE, 29 writes', target: '/v1/messages?stream', body: question('hello', { stream: true }), connections: 64 },
];

function start(file: string, ...args: string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: profiling(file) });
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }: { port: number }) => resolve({ child, port }));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

/** `npm run bench -- 4 2 --cpu-prof` leaves a profile of the node in this folder. */
function profiling(file: string): string[] {
  return process.argv.includes('--cpu-prof') && file.includes('node') ? ['--cpu-prof', '--cpu-prof-dir=/tmp'] : [];
}

const dataDir = mkdtempSync(join(tmpdir(), 'carpool-bench-'));
const upstream = await start('fast-upstream.ts');
const origin = `http://127.0.0.1:${upstream.port}`;
const bare = await start('bare-forwarder.ts', origin);
const node = await start('measured-node.ts', origin, dataDir);
const generator = fork(fileURLToPath(new URL('load-generator.ts', import.meta.url)));

function run(load: Omit<Load, 'request'> & { request: string }): Promise<Measured> {
  return new Promise((resolve) => {
    generator.once('message', (measured: Measured) => resolve(measured));
    generator.send(load);
  });
}

function loadOf({ target, body, connections }: Scenario, port: number, rate: number | null): Parameters<typeof run>[0] {
  const head = [
    `POST ${target} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${testKey}`,
    'accept: application/json',
    'anthropic-version: 2023-06-01',
    'content-type: application/json',
    'user-agent: bench',
    'x-stainless-lang: js',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return { port, request: `${head.join('\r\n')}\r\n\r\n${body}`, connections, seconds, rate };
}

/** What the node adds to the bare forwarder's time at 30 % of the node's own best rate. */
function added(calm: Record<'bare' | 'node', Measured>, ...names: (keyof Measured)[]): string {
  return names.map((name) => (calm.node[name] - calm.bare[name]).toFixed(2)).join(' / ');
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const table: Record<string, Record<string, string>> = {};
for (const scenario of scenarios) {
  const both: Record<'bare' | 'node', Measured[]> = { bare: [], node: [] };
  await run({ ...loadOf(scenario, bare.port, null), seconds: 1 });
  await run({ ...loadOf(scenario, node.port, null), seconds: 2 });
  for (let round = 0; round < rounds; round += 1) {
    both.bare.push(await run(loadOf(scenario, bare.port, null)));
    both.node.push(await run(loadOf(scenario, node.port, null)));
  }
  const rps = (of: readonly Measured[]) => median(of.map(({ requestsPerSecond }) => requestsPerSecond));
  const rate = rps(both.node) * 0.3;
  const calm = { bare: await run(loadOf(scenario, bare.port, rate)), node: await run(loadOf(scenario, node.port, rate)) };
  const errors = [...both.bare, ...both.node, calm.bare, calm.node].reduce((sum, one) => sum + one.errors, 0);
  table[scenario.name] = {
    'bare req/s': rps(both.bare).toFixed(0),
    'node req/s': rps(both.node).toFixed(0),
    ratio: `${((rps(both.node) / rps(both.bare)) * 100).toFixed(0)} %`,
    'added to first byte p50/p99 ms': added(calm, 'firstP50Ms', 'firstP99Ms'),
    'to last byte': added(calm, 'p50Ms', 'p99Ms'),
    errors: String(errors),
  };
}
console.table(table);
for (const { child } of [node, bare, upstream]) child.removeAllListeners('exit');
generator.kill();
bare.child.kill();
upstream.child.kill();
await new Promise((resolve) => node.child.once('exit', resolve) && node.child.kill('SIGTERM'));
rmSync(dataDir, { recursive: true, force: true });
