import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vitals } from './measured-node.ts';
import { requestText, scenarios } from './scenarios.ts';
import { endPart, type Part, startPart, tell } from './start-part.ts';
import type { StreamsMeasured, StreamsOpened } from './stream-clients.ts';

/**
 * `npm run bench:streams [-- streams seconds]`: streams with two events a second each, held open by one process of the
 * node; the same without it first, so that what is told is what the node adds.
 */
const [streams = 5_000, seconds = 10] = process.argv.slice(2).map(Number).filter(Number.isFinite);
const beyond = 100;
const settleMs = 2_000;

const dataDir = mkdtempSync(join(tmpdir(), 'carpool-bench-'));
const upstream = await startPart('stream-upstream.ts');
const node = await startPart('measured-node.ts', `http://127.0.0.1:${upstream.port}`, dataDir);
const clients = await startPart('stream-clients.ts');
const pause = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs));

function open(part: Part, count: number): Promise<StreamsOpened> {
  const request = requestText(scenarios.sse, part.port);
  return tell(clients, { do: 'open', port: part.port, request, streams: count });
}

async function hold(part: Part, count: number) {
  const startedAt = performance.now();
  const opened = await open(part, count);
  const openedMs = performance.now() - startedAt;
  await pause(settleMs);
  const before = await tell<Vitals>(node, { tell: 'vitals' });
  const measured = await tell<StreamsMeasured>(clients, { do: 'measure', seconds });
  const after = await tell<Vitals>(node, { tell: 'vitals' });
  const cores = (after.cpuUs - before.cpuUs) / (after.atUs - before.atUs);
  return { opened, openedMs, measured, cores, rssMb: after.rssBytes / 1024 / 1024 };
}

const failed: string[] = [];

function judge(what: string, value: number, bound: number, unit: string): void {
  const good = value <= bound;
  if (!good) failed.push(what);
  console.log(
    `${what.padEnd(40)} ≤ ${String(bound).padStart(4)} ${unit.padEnd(3)} ${value.toFixed(1).padStart(7)} ${unit.padEnd(3)} ${good ? 'met' : 'missed'}`,
  );
}

const bare = await hold(upstream, streams);
await tell(clients, { do: 'close' });
await pause(500);
const through = await hold(node, streams);
const { opened, measured } = through;
const perSecond = measured.events / seconds;
console.log(
  `${opened.open} streams open after ${(through.openedMs / 1000).toFixed(1)} s, ${perSecond.toFixed(0)} events/s, ${measured.broken} broken`,
);
console.log(
  `delay of an event: p50 ${measured.p50Ms.toFixed(2)} ms, p99 ${measured.p99Ms.toFixed(2)} ms, worst ${measured.maxMs.toFixed(1)} ms ` +
    `(without the node: ${bare.measured.p50Ms.toFixed(2)}, ${bare.measured.p99Ms.toFixed(2)}, ${bare.measured.maxMs.toFixed(1)})\n`,
);
judge('streams that did not open or broke', streams - opened.open + measured.broken, 0, '');
judge('processor', through.cores * 100, 60, '%');
judge('memory (RSS)', through.rssMb, 500, 'MB');
judge('added delay, p99', measured.p99Ms - bare.measured.p99Ms, 20, 'ms');

const { requestsAtMost } = await tell<Vitals>(node, { tell: 'vitals' });
const room = requestsAtMost - streams;
const more = await open(node, room + beyond);
const refused = more.others['503'] ?? 0;
const still = await tell<StreamsMeasured>(clients, { do: 'measure', seconds: 2 });
const told = `${more.open} more opened, ${refused} got 503${Object.keys(more.others).length > 1 ? `, others ${JSON.stringify(more.others)}` : ''}`;
console.log(`\nbeyond the limit of ${requestsAtMost}: ${told}; ${still.broken} broken`);
judge('beyond the limit and not 503', room + beyond - more.open - refused + still.broken, 0, '');

await endPart(clients);
await endPart(upstream);
await endPart(node, 'SIGTERM');
rmSync(dataDir, { recursive: true, force: true });
process.exitCode = failed.length > 0 ? 1 : 0;
