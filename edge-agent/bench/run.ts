import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, type Peer, type Result } from './budgets.ts';
import type { Load, Measured } from './load-generator.ts';
import { portkeyHeaders, startPortkey } from './portkey.ts';
import { requestText, type Scenario, type ScenarioName, scenarios } from './scenarios.ts';
import { cpuUsOf, endPart, type Part, startPart } from './start-part.ts';

/**
 * `npm run bench [-- seconds rounds]`: the node beside a forwarder that does nothing else, in one run, each in a process
 * of its own, both in front of the same fake provider. Ratios are what counts; the figures themselves are this machine's.
 * With `--cpu-prof` a profile of each thread of the node is left in the folder for temporary files.
 */
const [seconds = 2, rounds = 3] = process.argv.slice(2).map(Number).filter(Number.isFinite);
const calmShare = 0.3;
const startedAtMs = performance.now();

const dataDir = mkdtempSync(join(tmpdir(), 'carpool-bench-'));
const upstream = await startPart('fast-upstream.ts');
const origin = `http://127.0.0.1:${upstream.port}`;
const bare = await startPart('bare-forwarder.ts', origin);
const node = await startPart('measured-node.ts', origin, dataDir);
const portkey = await startPortkey();
const generator = fork(fileURLToPath(new URL('load-generator.ts', import.meta.url)));

/** `rate`: requests a second; null: as fast as answers come. */
function load(scenario: Scenario, part: Part, rate: number | null, forSeconds = seconds): Promise<Measured> {
  const { port } = part;
  const request = requestText(scenario, port, part === portkey ? portkeyHeaders(origin) : {});
  const ask: Omit<Load, 'request'> & { request: string } = {
    port,
    request,
    connections: scenario.connections,
    seconds: forSeconds,
    rate,
  };
  return new Promise((resolve) => {
    generator.once('message', (measured: Measured) => resolve(measured));
    generator.send(ask);
  });
}

interface Round {
  readonly bare: Measured;
  readonly node: Measured;
}

/** One after the other, and again: whatever else the machine does falls on both. */
async function inTurns(scenario: Scenario, rate: number | null): Promise<Round[]> {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    done.push({ bare: await load(scenario, bare, rate), node: await load(scenario, node, rate) });
  }
  return done;
}

function median(of: readonly Round[], read: (round: Round) => number): number {
  const sorted = of.map(read).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function measure(scenario: Scenario): Promise<Result> {
  await load(scenario, bare, null, 1);
  await load(scenario, node, null, 2);
  const busy = await inTurns(scenario, null);
  const nodeRps = median(busy, (round) => round.node.requestsPerSecond);
  const calm = await inTurns(scenario, nodeRps * calmShare);
  return {
    bareRps: median(busy, (round) => round.bare.requestsPerSecond),
    nodeRps,
    ratio: median(busy, (round) => round.node.requestsPerSecond / round.bare.requestsPerSecond),
    addedP50Ms: median(calm, (round) => round.node.firstP50Ms - round.bare.firstP50Ms),
    addedP99Ms: median(calm, (round) => round.node.firstP99Ms - round.bare.firstP99Ms),
    errors: [...busy, ...calm].reduce((sum, round) => sum + round.bare.errors + round.node.errors, 0),
  };
}

function show(name: string, { bareRps, nodeRps, ratio, addedP50Ms, addedP99Ms, errors }: Result): void {
  console.log(
    `${name.padEnd(16)} bare ${bareRps.toFixed(0).padStart(6)}/s  node ${nodeRps.toFixed(0).padStart(6)}/s  ` +
      `${(ratio * 100).toFixed(0).padStart(3)} %  first byte at ${calmShare * 100} % load: ` +
      `p50 +${addedP50Ms.toFixed(2)} ms  p99 +${addedP99Ms.toFixed(2)} ms${errors > 0 ? `  ${errors} errors` : ''}`,
  );
}

/** How many times as many requests a second as the Portkey gateway, in turns with it. */
async function besidePortkey(other: Part): Promise<Peer> {
  const rounds: { node: Measured; other: Measured }[] = [];
  await load(scenarios.small, other, null, 2);
  for (let round = 0; round < 3; round += 1) {
    rounds.push({ node: await load(scenarios.small, node, null), other: await load(scenarios.small, other, null) });
  }
  const ratios = rounds.map((round) => round.node.requestsPerSecond / round.other.requestsPerSecond).sort((a, b) => a - b);
  const errors = rounds.reduce((sum, round) => sum + round.other.errors, 0);
  const [, middle] = rounds;
  return { ratio: ratios[1] ?? Number.NaN, requestsPerSecond: middle?.other.requestsPerSecond ?? Number.NaN, errors };
}

/** Processor time that a small question costs each of them, in microseconds. */
async function cpuPerRequest(part: Part): Promise<number> {
  const before = cpuUsOf(part);
  const { requestsPerSecond } = await load(scenarios.small, part, null);
  return (cpuUsOf(part) - before) / (requestsPerSecond * seconds);
}

const results: Partial<Record<ScenarioName, Result>> = {};
for (const name of Object.keys(scenarios) as ScenarioName[]) {
  const result = await measure(scenarios[name]);
  results[name] = result;
  show(scenarios[name].name, result);
}
const peer = 'why' in portkey ? portkey : await besidePortkey(portkey);
const costs: string[] = [];
for (const [name, part] of Object.entries({ bare, node, Portkey: portkey })) {
  if (!('why' in part)) costs.push(`${name} ${(await cpuPerRequest(part)).toFixed(0)} µs`);
}
console.log(`\nprocessor time of a small question, all threads: ${costs.join(', ')}`);
console.log(`\n${judge(results as Record<ScenarioName, Result>, peer).join('\n')}`);
console.log(`\n${Math.round((performance.now() - startedAtMs) / 1000)} s`);

generator.kill();
for (const part of [bare, upstream, ...('why' in portkey ? [] : [portkey])]) await endPart(part);
await endPart(node, 'SIGTERM');
rmSync(dataDir, { recursive: true, force: true });
