import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type FinalRow, type Ledger, openLedger } from '../src/ledger/ledger.ts';

/** What booking a request costs: an intent and a final row, both waited for, as the proxy does. */
const secondsEach = Number(process.argv[2] ?? 3);

interface Run {
  readonly perSecond: number;
  readonly intend: Quantiles;
  readonly settle: Quantiles;
  /** Share of one core: the event loop's thread, and all others (writer, flushing, garbage collection). */
  readonly mainCpu: number;
  readonly otherCpu: number;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

interface Waited {
  readonly intendMs: number[];
  readonly settleMs: number[];
}

let nextNo = 0;

async function bookOne(ledger: Ledger, waited: Waited): Promise<void> {
  const row = newRow();
  const startedAt = performance.now();
  await ledger.intend({ ...row, estimate: { input: 900, output: 400 }, estimateCostNanoUsd: 1_000_000 });
  const intendedAt = performance.now();
  waited.intendMs.push(intendedAt - startedAt);
  await ledger.settle(row);
  waited.settleMs.push(performance.now() - intendedAt);
}

/** So many requests at any time. */
async function closedLoop(ledger: Ledger, atATime: number): Promise<Run> {
  return measured(async (waited, untilAt) => {
    const worker = async () => {
      while (performance.now() < untilAt) await bookOne(ledger, waited);
    };
    await Promise.all(Array.from({ length: atATime }, worker));
  });
}

/** So many requests a second, whatever the answers do. */
async function openLoop(ledger: Ledger, perSecond: number): Promise<Run> {
  return measured(async (waited, untilAt) => {
    const startedAt = performance.now();
    const running: Promise<void>[] = [];
    while (performance.now() < untilAt) {
      const due = ((performance.now() - startedAt) * perSecond) / 1000;
      while (running.length < due) running.push(bookOne(ledger, waited));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(running);
  });
}

async function measured(load: (waited: Waited, untilAt: number) => Promise<void>): Promise<Run> {
  const waited: Waited = { intendMs: [], settleMs: [] };
  const startedAt = performance.now();
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  await load(waited, startedAt + secondsEach * 1000);
  const passedMs = performance.now() - startedAt;
  const share = (usage: NodeJS.CpuUsage) => (usage.user + usage.system) / 1000 / passedMs;
  const mainCpu = share(process.threadCpuUsage(main));
  return {
    perSecond: (waited.settleMs.length * 1000) / passedMs,
    intend: quantiles(waited.intendMs),
    settle: quantiles(waited.settleMs),
    mainCpu,
    otherCpu: share(process.cpuUsage(all)) - mainCpu,
  };
}

function quantiles(values: number[]): Quantiles {
  const sorted = values.sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function newRow(): FinalRow {
  nextNo += 1;
  const now = Date.now();
  const id = String(nextNo).padStart(24, '0');
  return {
    requestId: `req_${id}`,
    attempt: 1,
    startedAtMs: now - 800,
    endedAtMs: now,
    groupId: `grp_${String(nextNo % 5).padStart(24, '0')}`,
    keyId: `key_${String(nextNo % 40).padStart(24, '0')}`,
    userId: `usr_${String(nextNo % 40).padStart(24, '0')}`,
    upstreamId: `ups_${String(nextNo % 10).padStart(24, '0')}`,
    service: 'claude',
    dialect: 'anthropic-messages',
    operation: 'generate',
    model: nextNo % 3 === 0 ? 'claude-sonnet-4-5-20250929' : 'claude-haiku-4-5-20251001',
    servedModel: 'claude-haiku-4-5-20251001',
    stream: true,
    requestBytes: 4321,
    responseBytes: 9876,
    status: 'ok',
    httpStatus: 200,
    final: true,
    usage: {
      input: 812,
      cacheRead: 20_000,
      cacheWrite5m: 300,
      cacheWrite1h: 0,
      output: 377,
      thinking: null,
      inputAudio: 0,
      outputAudio: 0,
      webSearchRequests: 0,
    },
    costNanoUsd: 12_345_678,
    priced: true,
    priceVersion: '2026-11-01',
    estimated: false,
    firstByteMs: 412,
    durationMs: 300 + ((nextNo * 7919) % 9000),
    errorType: null,
    upstreamRequestId: 'req_011CSHoEeqs5C35K2UUqR7Fy',
  };
}

function line(name: string, run: Run, base: Run): void {
  const ms = (value: number) => value.toFixed(2).padStart(7);
  const percent = (share: number) => `${Math.round(share * 100)} %`.padStart(6);
  console.log(
    `${name.padEnd(34)} ${String(Math.round(run.perSecond)).padStart(7)} req/s (${(run.perSecond / base.perSecond).toFixed(1)} ×)` +
      `  intend p50 ${ms(run.intend.p50)} p99 ${ms(run.intend.p99)}  settle p50 ${ms(run.settle.p50)} p99 ${ms(run.settle.p99)} ms` +
      `  main ${percent(run.mainCpu)}  writer ${percent(run.otherCpu)}`,
  );
}

const dataDir = await mkdtemp(join(tmpdir(), 'ledger-bench-'));
const log = { info: () => undefined, warn: console.warn, error: console.error };
const ledger = await openLedger({ dataDir, nowMs: Date.now, log });
try {
  await closedLoop(ledger, 100);
  const single = await closedLoop(ledger, 1);
  line('one commit a record', single, single);
  for (const rate of [100, 1000, 5000, 10_000]) line(`${rate} requests a second`, await openLoop(ledger, rate), single);
  line('64 requests at a time', await closedLoop(ledger, 64), single);
  line('1,000 requests at a time', await closedLoop(ledger, 1000), single);
  const startedAt = performance.now();
  await ledger.close();
  console.log(`close: ${Math.round(performance.now() - startedAt)} ms`);
} finally {
  await rm(dataDir, { recursive: true });
}
