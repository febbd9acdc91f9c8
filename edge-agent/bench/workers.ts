import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findRecord } from '../src/commands/record/node-record.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from '../test/config-source.ts';
import { type EdgeProcess, edge, newDataDir, runEdge } from '../test/edge-process.ts';
import { ScriptedControlPlane } from '../test/scripted-control-plane.ts';
import { testKey } from '../test/snapshot.ts';
import type { Load, Measured } from './load-generator.ts';
import { requestText, scenarios } from './scenarios.ts';
import { cpuUsOfProcess, endPart, startPart } from './start-part.ts';

/**
 * `npm run bench:workers [-- seconds rounds workers]`: a node with two workers beside one of a single process, whole programs
 * with their books, in turns before the same provider. Each load comes from two processes, so that not they are measured.
 * Two nodes of a single process each, side by side, say what the machine allows: they share nothing.
 */
const [seconds = 3, rounds = 5, workers = 2] = process.argv.slice(2).map(Number).filter(Number.isFinite);
const bound = 1.6;
const generatorsAtOnce = 2;

const upstreams = await Promise.all([startPart('fast-upstream.ts'), startPart('fast-upstream.ts')]);
const generators = Array.from({ length: generatorsAtOnce }, () =>
  fork(fileURLToPath(new URL('load-generator.ts', import.meta.url))),
);

interface Node {
  readonly center: ScriptedControlPlane;
  readonly dataDir: string;
  readonly process: EdgeProcess;
}

/** One account at each of the providers, so that none of them is what is measured. */
async function startNode(count: number): Promise<Node> {
  const source = new ConfigSource();
  const center = new ScriptedControlPlane(source);
  center.onRegister = async (publicKey) => {
    await source.sealTo('grp_a', 'nod_test', publicKey);
    source.put(globalScope, 'service', 'claude', serviceBody('claude'));
    source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
    for (const [at, { port }] of upstreams.entries()) {
      const secret = source.sealSecret('grp_a', `ups_${at}`, 'sk-bench');
      source.put(
        'grp_a',
        'upstream',
        `ups_${at}`,
        upstreamBody(`ups_${at}`, 'grp_a', secret, { base_url: `http://127.0.0.1:${port}` }),
      );
    }
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', testKey));
  };
  await center.start();
  const dataDir = newDataDir();
  await edge('enroll', '--control-plane', center.url, '--token', center.registrationToken, '--data-dir', dataDir);
  const env = { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' };
  const args = ['--workers', String(count), '--log-level', 'error'];
  const node = await runEdge(dataDir, args, ['--max-semi-space-size=8'], env);
  return { center, dataDir, process: node };
}

/** Of all processes of a node, in microseconds: what else the machine does hardly changes it. */
function cpuUsOf({ process: node, dataDir }: Node): number {
  const pids = [node.child.pid ?? 0, ...(findRecord(dataDir)?.workers ?? []).map(({ pid }) => pid ?? 0)];
  return pids.reduce((sum, pid) => sum + cpuUsOfProcess(pid), 0);
}

interface Loaded {
  readonly rps: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** Processor time of one request, all threads of all processes. */
  readonly cpuUs: number;
}

/** Each generator has one of the nodes for itself, or all have the same. */
async function load(nodes: readonly [Node, ...Node[]], forSeconds: number): Promise<Loaded> {
  const cpuUs = () => nodes.reduce((sum, node) => sum + cpuUsOf(node), 0);
  const before = cpuUs();
  const { connections } = scenarios.small;
  const askFor = ({ process: node }: Node): Omit<Load, 'request'> & { request: string } => {
    const port = Number(new URL(node.origin).port);
    const request = requestText(scenarios.small, port);
    return { port, request, connections: connections / generatorsAtOnce, seconds: forSeconds, rate: null };
  };
  const measured = await Promise.all(
    generators.map(
      (generator, at) =>
        new Promise<Measured>((resolve) => {
          generator.once('message', (one: Measured) => resolve(one));
          generator.send(askFor(nodes[at] ?? nodes[0]));
        }),
    ),
  );
  const rps = measured.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
  return {
    rps,
    cpuUs: (cpuUs() - before) / (rps * forSeconds),
    p99Ms: Math.max(...measured.map(({ p99Ms }) => p99Ms)),
    errors: measured.reduce((sum, { errors }) => sum + errors, 0),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function end({ process: node, center, dataDir }: Node): Promise<void> {
  await node.kill('SIGTERM');
  await center.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

const one = await startNode(1);
const several = await startNode(workers);
const other = await startNode(1);
for (const node of [one, several, other]) await load([node], 3);
const ratios: number[] = [];
const allowed: number[] = [];
let errors = 0;
for (let round = 0; round < rounds; round += 1) {
  const single = await load([one], seconds);
  const many = await load([several], seconds);
  const beside = await load([one, other], seconds);
  ratios.push(many.rps / single.rps);
  allowed.push(beside.rps / single.rps);
  errors += single.errors + many.errors + beside.errors;
  console.log(
    `1 process ${single.rps.toFixed(0).padStart(6)}/s p99 ${single.p99Ms.toFixed(1)} ms ${single.cpuUs.toFixed(0)} µs   ` +
      `${workers} workers ${many.rps.toFixed(0).padStart(6)}/s p99 ${many.p99Ms.toFixed(1)} ms ${many.cpuUs.toFixed(0)} µs   ` +
      `${(many.rps / single.rps).toFixed(2)} ×   two nodes ${(beside.rps / single.rps).toFixed(2)} ×   ` +
      `load average ${(loadavg()[0] ?? 0).toFixed(1)}`,
  );
}
const ratio = median(ratios);
const verdict = ratio >= bound ? 'met' : `missed by ${(bound - ratio).toFixed(2)}`;
console.log(`\n${workers} workers, times one process, small JSON   ≥ ${bound} ×   ${ratio.toFixed(2)} ×   ${verdict}`);
console.log(`two nodes that share nothing, side by side: ${median(allowed).toFixed(2)} ×`);
if (errors > 0) console.log(`${errors} errors`);
process.exitCode = ratio >= bound && errors === 0 ? 0 : 1;

for (const node of [one, several, other]) await end(node);
for (const generator of generators) generator.kill();
for (const upstream of upstreams) await endPart(upstream);
