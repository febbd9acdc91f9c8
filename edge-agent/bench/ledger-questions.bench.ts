import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { StatsDimension } from '@aicarpool/shared-protocol';
import { type Ledger, openLedger } from '../src/ledger/ledger.ts';
import { newRow } from '../src/ledger/test/rows.ts';

/** How long questions and a start take over a month of rows. */
const rows = Number(process.argv[2] ?? 1_000_000);
const fillOnly = process.argv[3];
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 5, 15, 10, 30);
const log = { info: () => undefined, warn: console.warn, error: console.error };

async function fill(dataDir: string): Promise<void> {
  const ledger = await openLedger({ dataDir, nowMs: () => nowMs, log });
  for (let done = 0; done < rows; done += 10_000) {
    await Promise.all(Array.from({ length: 10_000 }, (_, at) => ledger.settle(rowAt(done + at))));
  }
  await ledger.settling.acknowledge(ledger.head().seq);
  await ledger.sweep();
  process.kill(process.pid, 'SIGKILL');
}

function rowAt(no: number) {
  const endedAtMs = Math.floor(nowMs - 29.9 * dayMs + (no / rows) * 29.9 * dayMs);
  const keyId = `key_${(no * 7) % 100}`;
  return newRow({
    endedAtMs,
    keyId,
    groupId: `grp_${(no * 7) % 5}`,
    model: `model-${(no * 13) % 3}`,
    durationMs: 200 + ((no * 7919) % 20_000),
  });
}

async function time(ledger: Ledger, name: string, edgesMs: number[], by: StatsDimension[]): Promise<void> {
  const times: number[] = [];
  let facts = '';
  for (let again = 0; again < 7; again += 1) {
    const startedAt = performance.now();
    const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
    const edges = edgesMs.map((at) => new Date(at).toISOString());
    const answer = await ledger.ask({ question_id: 'q', edges, by, filter, deadline_ms: 30_000 });
    times.push(performance.now() - startedAt);
    facts = `${answer.outcome}, ${answer.rows} rows, ${answer.cells.length} cells`;
  }
  times.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(44)} p50 ${(times[3] ?? 0).toFixed(1).padStart(7)} ms  max ${(times[6] ?? 0).toFixed(1).padStart(7)} ms  (${facts})`,
  );
}

const steps = (fromMs: number, stepMs: number, count: number) =>
  Array.from({ length: count + 1 }, (_, at) => fromMs + at * stepMs);

async function measure(dataDir: string): Promise<void> {
  spawnSync(process.execPath, [process.argv[1] ?? '', String(rows), dataDir], { stdio: 'inherit' });
  const startedAt = performance.now();
  const ledger = await openLedger({ dataDir, nowMs: () => nowMs, log });
  console.log(
    `start after a kill, ${ledger.head().seq} rows, ${Math.round(ledger.sizes().databaseBytes / 1e6)} MB: ${Math.round(performance.now() - startedAt)} ms`,
  );
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const hour = Math.floor(nowMs / hourMs) * hourMs;
  await time(ledger, 'month, one cell', [today - 30 * dayMs, today + dayMs], []);
  await time(ledger, 'month by day and key', steps(today - 29 * dayMs, dayMs, 30), ['bucket', 'key']);
  await time(ledger, 'month up to now, its ends cut, by model', [nowMs - 29 * dayMs, nowMs], ['model']);
  await time(ledger, '24 whole hours by hour', steps(hour - 24 * hourMs, hourMs, 24), ['bucket']);
  await time(ledger, '24 hours by hour, every hour cut', steps(nowMs - 24 * hourMs, hourMs, 24), ['bucket']);
  await time(ledger, 'month by cut days (from rows)', steps(nowMs - 29 * dayMs, dayMs, 29), ['bucket']);
  const began = performance.now();
  await ledger.close();
  console.log(`close: ${Math.round(performance.now() - began)} ms`);
}

if (fillOnly) await fill(fillOnly);
else {
  const dataDir = await mkdtemp(join(tmpdir(), 'ledger-bench-'));
  try {
    await measure(dataDir);
  } finally {
    await rm(dataDir, { recursive: true });
  }
}
