import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { groupBody } from '../config-source.ts';
import { ask, type EdgeProcess, runEdge } from '../edge-process.ts';
import { tokensEach } from './provider.ts';
import { askMany, askOne, isThere, Stage, soon } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Lines of the node's log with this message: when, and what about. */
function said(node: EdgeProcess, message: string): { time: string; worker: number }[] {
  const lines = node.output.stderr.split('\n').filter((line) => line.includes(`"msg":"${message}"`));
  return lines.map((line) => JSON.parse(line));
}

/** Asks all the time until told to stop; gives the ids of all answers that were seen to end. */
async function keepAsking(node: EdgeProcess, lines: number, isOver: () => boolean): Promise<string[]> {
  const seen: string[] = [];
  const line = async () => {
    while (!isOver()) {
      const { status, body } = await askOne(node);
      if (status === 200) seen.push(JSON.parse(body).id);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return seen;
}

const kills = Number(process.env['CARPOOL_TEST_KILLS'] ?? 4);

test('workers are killed under load: every answer that was seen to end is booked once, and all books settle', async () => {
  const node = await stage.run(3);
  stage.provider.waitMs = 2;
  let isOver = false;
  const asking = keepAsking(node, 12, () => isOver);
  for (let kill = 0; kill < kills; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const living = stage.record().workers.filter(({ pid }) => isThere(pid));
    const victim = living[Math.floor(Math.random() * living.length)];
    if (victim?.pid) process.kill(victim.pid, 'SIGKILL');
  }
  await stage.serving(3);
  isOver = true;
  const seen = await asking;
  const ended = said(node, 'a worker ended; another one takes its place');
  expect(ended.length).toBeGreaterThanOrEqual(kills - 1);
  for (const { time, worker } of ended) {
    const back = await vi.waitFor(() => {
      const found = said(node, 'a worker serves').find((one) => one.worker === worker && one.time >= time);
      if (!found) throw new Error(`worker ${worker} is not back`);
      return found;
    }, soon);
    // Other tests may have the machine: what counts is that it takes about as long as a start.
    expect(Date.parse(back.time) - Date.parse(time)).toBeLessThan(4_000 + 3 * node.startMs);
  }
  expect((await node.kill('SIGTERM')).code).toBe(0);
  checkBooks(seen);
  await stage.workersGone();
}, 90_000);

/** Client, node, centre and provider against each other. */
function checkBooks(seen: readonly string[]): void {
  const rows = stage.rows();
  const finals = new Map<string, number>();
  for (const { upstreamRequestId, final } of rows) {
    if (final && upstreamRequestId) finals.set(upstreamRequestId, (finals.get(upstreamRequestId) ?? 0) + 1);
  }
  expect(seen.length).toBeGreaterThan(50);
  expect(seen.filter((id) => finals.get(id) !== 1)).toEqual([]);
  const requests = rows.map(({ requestId }) => requestId);
  expect(new Set(requests).size).toBe(requests.length);
  const booked = rows.reduce((sum, { tokens }) => sum + tokens, 0);
  expect(booked).toBeGreaterThanOrEqual(stage.provider.billed.size * tokensEach);
  const settled = [...stage.center.settlement.books.values()];
  expect(settled.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(booked);
  expect(settled.reduce((sum, { acked }) => sum + acked, 0)).toBe(rows.length);
}

test('without crashes the books are the bill, to the token', async () => {
  const node = await stage.run(3);
  await askMany(node, 200);
  expect((await node.kill('SIGTERM')).code).toBe(0);
  const rows = stage.rows();
  expect(rows.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(stage.provider.billed.size * tokensEach);
  expect(new Set(rows.map(({ upstreamRequestId }) => upstreamRequestId))).toEqual(stage.provider.billed);
}, 60_000);

test('a worker that lost its primary leaves by itself; what it left open settles although no worker takes its slot', async () => {
  const node = await stage.run(3);
  await askMany(node, 60);
  const workers = await stage.serving(3);
  stage.provider.waitMs = 60_000;
  const open = askMany(node, 6);
  await vi.waitFor(() => expect(stage.provider.inside).toBe(6), soon);
  process.kill(node.child.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(workers.some(({ pid }) => isThere(pid))).toBe(false), { timeout: 10_000, interval: 50 });
  expect((await open).every(({ status }) => status !== 200)).toBe(true);

  stage.provider.waitMs = 0;
  const alone = await stage.run(1);
  await vi.waitFor(() => expect(stage.center.settlement.books.size).toBe(4), soon);
  expect((await alone.kill('SIGTERM')).code).toBe(0);
  const rows = stage.rows();
  const settled = [...stage.center.settlement.books.values()];
  expect(settled.reduce((sum, { acked }) => sum + acked, 0)).toBe(rows.length);
  // Those that were cut are rows as well.
  expect(rows.filter(({ status }) => status !== 'ok').length).toBeGreaterThanOrEqual(6);
}, 90_000);

test('a worker that cannot write its books ends the node', async () => {
  mkdirSync(join(stage.dataDir, 'workers', '2', 'ledger.db'), { recursive: true });
  const started = runEdge(stage.dataDir, ['--workers', '2']).then((node) => node.kill('SIGCONT'));
  const code = await started.then(
    (ended) => ended.code,
    (error: Error) => Number(/ended with (\d+)/.exec(error.message)?.[1]),
  );
  expect(code).toBe(70);
}, 60_000);

test('workers that crash twice in a row with a new config bring back the one before', async () => {
  const bomb = `--import=data:text/javascript,${encodeURIComponent('process.once("SIGUSR2", () => { throw new Error("boom") })')}`;
  const first = await stage.run(2);
  await first.kill('SIGTERM');
  const db = new Database(join(stage.dataDir, 'config.db'));
  db.prepare("INSERT OR REPLACE INTO meta SELECT 'healthy_no', value FROM meta WHERE name = 'apply_no'").run();
  db.close();
  const node = await stage.run(2, [bomb]);
  await vi.waitFor(() => expect(stage.center.streams).toBe(1), soon);
  stage.source.put('grp_a', 'group', 'grp_a', groupBody('grp_a', { status: 'suspended' }));
  stage.center.poke();
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).not.toBe(200), soon);
  for (let crash = 1; crash <= 2; crash += 1) {
    const [victim] = await stage.serving(2);
    process.kill(victim?.pid ?? 0, 'SIGUSR2');
    await vi.waitFor(() => expect(said(node, 'a worker crashed')).toHaveLength(crash), soon);
    await vi.waitFor(() => expect(isThere(victim?.pid ?? null)).toBe(false), soon);
  }
  await vi.waitFor(() => expect(stage.record().config.slot).toBe('previous'), soon);
  expect(node.child.exitCode).toBe(null);
}, 90_000);
