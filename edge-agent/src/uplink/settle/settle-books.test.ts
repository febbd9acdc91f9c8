import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { ScriptedSettlement } from '../../../test/scripted-settlement.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import type { Settling } from '../../ledger/settling.ts';
import { Quotas } from '../../limits/quota/quotas.ts';
import { Shares } from '../../limits/shares.ts';
import { SettleBooks, type SettleParts } from './settle-books.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Books on a disk that a test fills and empties, with a centre that answers. */
async function books(refusing: readonly (keyof Settling)[], own: Partial<SettleParts> = {}, slow = { answerMs: 0, rows: 0 }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'carpool-settle-'));
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const ledger = await openLedger({ dataDir, nowMs: Date.now, log: quiet });
  closing.push(() => ledger.close());
  const disk = { isFull: false, tries: 0 };
  const settling = new Proxy(ledger.settling, {
    get: (real, name) => {
      const value: unknown = Reflect.get(real, name);
      if (typeof value !== 'function') return value;
      if (!disk.isFull || !refusing.includes(name as keyof Settling)) return value.bind(real);
      return async () => {
        disk.tries += 1;
        throw new Error('database or disk is full');
      };
    },
  });
  let slowMs = 0;
  const clocks = { nowMs: Date.now, monotonicMs: () => performance.now() + slowMs };
  const quotas = new Quotas({ clocks });
  const settlement = new ScriptedSettlement();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const loop = new SettleBooks({
    ledger: { head: () => ({ ...ledger.head(), seq: slow.rows }), settling } satisfies Pick<Ledger, 'head' | 'settling'>,
    quotas,
    post: async (question) => {
      slowMs += slow.answerMs;
      return { ok: true, data: settlement.answer(question) };
    },
    clocks,
    random: () => 0,
    log,
    knowsQuota: () => true,
    onCondemned: () => undefined,
    ...own,
  });
  closing.push(() => loop.stop(false));
  return { loop, quotas, disk, log, settlement };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.each([[['nextBatch']], [['nextBatch', 'keepWindows', 'keepGrants']]] as const)(
  'a ledger that refuses (%j) is given a rest, said once, and settles again when it takes',
  async (refusing) => {
    const { loop, quotas, disk, log, settlement } = await books(refusing);
    disk.isFull = true;
    loop.start();
    const asks = setInterval(() => quotas.onUrgent(), 20);
    closing.push(() => clearInterval(asks));
    await pause(800);
    expect(disk.tries).toBe(1);
    await pause(1_600);
    expect([2, 3]).toContain(disk.tries);
    expect(log.error).toHaveBeenCalledTimes(1);
    expect(settlement.questions).toHaveLength(0);
    disk.isFull = false;
    await vi.waitFor(() => expect(settlement.questions.length).toBeGreaterThan(0), { timeout: 5_000, interval: 20 });
    await vi.waitFor(() => expect(log.info).toHaveBeenCalledWith({}, 'the books can be settled again'));
    expect(log.error).toHaveBeenCalledTimes(1);
  },
);

test('the end of the process does not wait for a ledger that rests', async () => {
  const { loop, disk } = await books(['nextBatch']);
  disk.isFull = true;
  loop.start();
  await pause(100);
  const from = performance.now();
  await loop.stop(true);
  expect(performance.now() - from).toBeLessThan(500);
  expect(disk.tries).toBe(1);
});

test('leases are asked for again and again though the wall clock is set back', async () => {
  let behindMs = 0;
  const clocks = { nowMs: () => Date.now() - behindMs, monotonicMs: () => performance.now() };
  const shares = new Shares();
  const { loop, settlement } = await books([], { clocks, shares });
  const limit = { group: 'grp', whose: 'group', id: 'grp', unit: 'requests', limit: 10 } as const;
  const use = () => shares.used(limit, 1, 60_000, clocks.monotonicMs());
  const askedFor = () => settlement.questions.filter((question) => question.shares.length > 0).length;
  loop.start();
  use();
  await vi.waitFor(() => expect(askedFor()).toBe(1), { timeout: 5_000, interval: 20 });
  behindMs = 3_600_000;
  use();
  await vi.waitFor(() => expect(askedFor()).toBe(2), { timeout: 8_000, interval: 20 });
}, 20_000);

test('the end of the process gives rights back in time, though many rows wait and each answer takes long', async () => {
  const { loop, settlement } = await books([], {}, { answerMs: 1_900, rows: 100_000 });
  await loop.stop(true);
  expect(settlement.questions.map(({ last }) => last)).toEqual([false, false, false, true]);
});

test('a node far behind asks again and again, though its disk takes longer to note an answer than it pauses', async () => {
  const nowhere = { seq: 0, chain: '' };
  let acked = nowhere;
  const settling = {
    openedWith: { slices: [], base: nowhere, acked, setAside: undefined },
    nextBatch: async () => null,
    standing: () => ({ base: nowhere, acked }),
    spentAt: async () => new Map(),
    acknowledge: async (seq: number) => {
      await pause(150);
      acked = { seq, chain: '' };
    },
  } as unknown as Settling;
  const settlement = new ScriptedSettlement();
  const { loop } = await books([], {
    ledger: { head: () => ({ incarnation: 'inc_a', seq: 100_000, chain: '' }), settling },
    post: async (question) => ({ ok: true, data: { ...settlement.answer(question), status: 'ok', acked: acked.seq + 500 } }),
  });
  loop.start();
  await vi.waitFor(() => expect(settlement.questions.length).toBeGreaterThan(10), { timeout: 8_000, interval: 20 });
}, 20_000);
