import { settleBatch } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import type { FinalRow } from '../ledger.ts';
import type { StoredSlice } from '../settling.ts';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { readBooks, verifyBooks } from '../test/read-books.ts';
import { intentOf, newRow } from '../test/rows.ts';

const slice = (win: number, own: Partial<StoredSlice> = {}): StoredSlice => ({
  win,
  quota: 'quo_a',
  subject: `key_${win}`,
  unit: 'tokens',
  window: 'day',
  starts_at: '2026-01-01T00:00:00.000Z',
  ends_at: '2026-01-02T00:00:00.000Z',
  granted: 0,
  returned: 0,
  spent: 0,
  receipt: null,
  epoch: 'e1',
  ...own,
});

const charged = (charges: FinalRow['charges'] = []) => newRow({ charges });

describe('slices', () => {
  it('are charged with the rows, once each, by windows of one commit or of many', async () => {
    const { ledger, dataDir } = await openTestLedger();
    await ledger.settling.keepWindows([slice(1), slice(2), slice(3)]);
    const rows = Array.from({ length: 40 }, (_, at) =>
      charged([
        { win: 1, amount: at },
        { win: 2, amount: 2 },
      ]),
    );
    await Promise.all(rows.map((row) => ledger.settle(row)));
    await ledger.settle(newRow());
    await ledger.settle(charged([{ win: 2, amount: 5 }]));
    expect(readBooks(dataDir, 'SELECT win, spent FROM edge_spent')).toEqual([
      { win: 1, spent: 780 },
      { win: 2, spent: 85 },
    ]);
    expect(await ledger.settling.spentAt(0)).toEqual(
      new Map([
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    );
    expect(readBooks(dataDir, 'SELECT charges FROM edge_usage_rows WHERE seq >= 40')).toEqual([
      { charges: '[[1,39],[2,2]]' },
      { charges: null },
      { charges: '[[2,5]]' },
    ]);
    expect(verifyBooks(dataDir)).toBe(42);
  });

  it('are as they were after a restart, with what a crash left open booked at its holds', async () => {
    const dataDir = newDataDir();
    const first = await openTestLedger({ dataDir });
    await first.ledger.settling.keepWindows([slice(1), slice(2)]);
    await first.ledger.settling.keepGrants([{ win: 1, granted: 100, receipt: 'r1', epoch: 'e2' }]);
    await first.ledger.settling.keepReturns([{ win: 1, returned: 7 }]);
    await first.ledger.intend({
      ...intentOf(newRow()),
      holds: [
        { win: 1, amount: 30 },
        { win: 2, amount: 4 },
      ],
    });
    await first.ledger.settle(charged([{ win: 1, amount: 11 }]));
    await first.ledger.close();
    const { ledger } = await openTestLedger({ dataDir });
    expect(ledger.settling.openedWith.slices).toEqual([
      slice(1, { granted: 100, returned: 7, spent: 41, receipt: 'r1', epoch: 'e2' }),
      slice(2, { spent: 4 }),
    ]);
    const batch = (await ledger.settling.nextBatch())?.batch;
    expect(batch?.charged).toEqual([
      [1, 41],
      [2, 4],
    ]);
    expect(batch?.totals[0]).toMatchObject({ attempts: 1 });
    expect(batch?.totals.map(({ lost }) => lost)).toEqual([0, 1]);
  });

  it('only grow: an older grant or return changes nothing, a new epoch with the same grant does', async () => {
    const { ledger, dataDir } = await openTestLedger();
    const { settling } = ledger;
    await settling.keepWindows([slice(1)]);
    await settling.keepGrants([{ win: 1, granted: 100, receipt: 'r1', epoch: 'e1' }]);
    await settling.keepGrants([{ win: 1, granted: 90, receipt: 'r0', epoch: 'e0' }]);
    await settling.keepReturns([{ win: 1, returned: 9 }]);
    await settling.keepReturns([{ win: 1, returned: 8 }]);
    const stored = () => readBooks(dataDir, 'SELECT granted, returned, receipt, epoch FROM edge_slices')[0];
    expect(stored()).toEqual({ granted: 100, returned: 9, receipt: 'r1', epoch: 'e1' });
    await settling.keepGrants([{ win: 1, granted: 100, receipt: 'r2', epoch: 'e2' }]);
    await settling.keepWindows([slice(1, { granted: 50, returned: 1 })]);
    expect(stored()).toEqual({ granted: 100, returned: 9, receipt: 'r2', epoch: 'e2' });
  });

  it('do not change what they are: a number that names another window is refused with all that came with it', async () => {
    const { ledger } = await openTestLedger();
    await ledger.settling.keepWindows([slice(1)]);
    await expect(ledger.settling.keepWindows([slice(2), slice(1, { quota: 'quo_b' })])).rejects.toThrow(RangeError);
    await ledger.close();
  });

  it('are out of sight once forgotten, but a late row is still charged and settled', async () => {
    const dataDir = newDataDir();
    const { ledger } = await openTestLedger({ dataDir });
    await ledger.settling.keepWindows([slice(1), slice(2)]);
    await ledger.settle(charged([{ win: 1, amount: 5 }]));
    await ledger.settling.acknowledge(1);
    await ledger.settling.forgetWindows([1]);
    expect(await ledger.settling.spentAt(1)).toEqual(new Map([[2, 0]]));
    await ledger.settle(charged([{ win: 1, amount: 6 }]));
    const late = await ledger.settling.nextBatch();
    expect(late?.batch.charged).toEqual([[1, 6]]);
    expect(late?.spent.get(1)).toBe(11);
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.settling.openedWith.slices.map(({ win }) => win)).toEqual([2]);
    expect(readBooks(dataDir, 'SELECT spent FROM edge_spent WHERE win = 1')).toEqual([{ spent: 11 }]);
  });

  it('count a window that nobody told of', async () => {
    const { ledger, dataDir } = await openTestLedger();
    await ledger.settle(charged([{ win: 9, amount: 5 }]));
    expect(readBooks(dataDir, 'SELECT spent FROM edge_spent WHERE win = 9')).toEqual([{ spent: 5 }]);
    expect(ledger.settling.openedWith.slices).toEqual([]);
  });
});

describe('batches', () => {
  it('take at most 500 rows, follow each other without a gap, and end', async () => {
    const { ledger } = await openTestLedger();
    const { settling } = ledger;
    expect(await settling.nextBatch()).toBeNull();
    await Promise.all(Array.from({ length: 1200 }, () => ledger.settle(newRow())));
    const spans: unknown[] = [];
    let chain = '';
    for (let next = await settling.nextBatch(); next; next = await settling.nextBatch()) {
      const { batch } = next;
      expect(settleBatch.parse(batch)).toEqual(batch);
      expect(batch.prev_chain).toBe(chain);
      chain = batch.chain;
      spans.push([batch.from, batch.to, batch.totals.reduce((sum, { attempts }) => sum + attempts, 0)]);
      await settling.acknowledge(batch.to);
    }
    expect(spans).toEqual([
      [1, 500, 500],
      [501, 1000, 500],
      [1001, 1200, 200],
    ]);
    expect(chain).toBe(ledger.head().chain);
    expect(settling.standing()).toMatchObject({ base: { seq: 0, chain: '' }, acked: { seq: 1200, chain } });
  });

  it('stay as they are until they are acknowledged, over later rows and a restart', async () => {
    const dataDir = newDataDir();
    const first = await openTestLedger({ dataDir });
    await first.ledger.settling.keepWindows([slice(1)]);
    await first.ledger.settle(charged([{ win: 1, amount: 5 }]));
    const batch = JSON.stringify((await first.ledger.settling.nextBatch())?.batch);
    await first.ledger.settle(charged([{ win: 1, amount: 6 }]));
    const again = await first.ledger.settling.nextBatch();
    expect(JSON.stringify(again?.batch)).toBe(batch);
    expect(again?.spent).toEqual(new Map([[1, 5]]));
    await first.ledger.close();
    const { ledger } = await openTestLedger({ dataDir });
    const restarted = await ledger.settling.nextBatch();
    expect(JSON.stringify(restarted?.batch)).toBe(batch);
    expect(restarted?.spent).toEqual(new Map([[1, 5]]));
    expect(await ledger.settling.spentAt(1)).toEqual(new Map([[1, 5]]));
    expect(await ledger.settling.spentAt(0)).toEqual(new Map([[1, 0]]));
    await expect(ledger.settling.spentAt(2)).rejects.toThrow(RangeError);
  });

  it('begin again behind the row that a restored centre names', async () => {
    const { ledger } = await openTestLedger();
    const { settling } = ledger;
    await settling.keepWindows([slice(1)]);
    for (let at = 1; at <= 6; at += 1) await ledger.settle(charged([{ win: at % 2, amount: at }].filter(({ win }) => win > 0)));
    await settling.acknowledge(5);
    expect(await settling.spentAt(5)).toEqual(new Map([[1, 9]]));
    await settling.nextBatch();
    await settling.acknowledge(2);
    expect(await settling.spentAt(2)).toEqual(new Map([[1, 1]]));
    const next = await settling.nextBatch();
    expect(next?.batch).toMatchObject({ from: 3, to: 6, charged: [[1, 8]] });
    expect(next?.spent).toEqual(new Map([[1, 9]]));
    await expect(settling.acknowledge(7)).rejects.toThrow(RangeError);
    expect((await settling.nextBatch())?.batch.from).toBe(3);
  });

  it('begin behind the oldest row that is kept, when the centre lost more', async () => {
    let nowMs = Date.UTC(2026, 0, 1, 12);
    const { ledger } = await openTestLedger({ nowMs: () => nowMs });
    await ledger.settle(newRow({ charges: [{ win: 1, amount: 3 }] }));
    await ledger.settling.acknowledge(1);
    nowMs += 31 * 86_400_000;
    await ledger.settle(newRow({ endedAtMs: nowMs, charges: [{ win: 1, amount: 4 }] }));
    await ledger.settling.acknowledge(2);
    await ledger.sweep();
    await ledger.settling.acknowledge(0);
    const next = await ledger.settling.nextBatch();
    expect(next?.batch).toMatchObject({ from: 2, to: 2 });
    expect(next?.spent).toEqual(new Map([[1, 7]]));
    expect(ledger.settling.standing().base.seq).toBe(1);
    expect(next?.batch.prev_chain).toBe(ledger.settling.standing().base.chain);
  });

  it('carry nothing that would keep the centre from taking them', async () => {
    const { ledger } = await openTestLedger();
    const row = newRow({
      model: `m\u0000${'x'.repeat(500)}`,
      service: 's'.repeat(80),
      priceVersion: 'v'.repeat(300),
      endedAtMs: Number.MAX_SAFE_INTEGER,
      costNanoUsd: Number.MAX_SAFE_INTEGER,
    });
    await ledger.settle(row);
    await ledger.settle(row);
    const first = (await ledger.settling.nextBatch())?.batch;
    expect(settleBatch.parse(first)).toMatchObject({ from: 1, to: 1 });
    expect(JSON.stringify(first)).not.toContain('\\u0000');
    expect(first?.totals[0]?.hour_at).toBe('9999-12-31T23:00:00.000Z');
    await ledger.settling.acknowledge(1);
    expect((await ledger.settling.nextBatch())?.batch).toMatchObject({ from: 2, to: 2 });
  });
});

describe('a proof', () => {
  it('adds up what is on disk, with the chain computed anew', async () => {
    const { ledger } = await openTestLedger();
    for (let at = 0; at < 20; at += 1) await ledger.settle(newRow({ final: at % 2 === 0, estimated: at === 3 }));
    const whole = await ledger.settling.prove(1, 20);
    expect(whole).toEqual({
      from: 1,
      to: 20,
      chain: ledger.head().chain,
      rows: 20,
      sums: {
        requests: 10,
        input: 200,
        cache_read: 400,
        cache_write: 140,
        output: 1000,
        cost_nano_usd: 20_000,
        estimated: 1,
        lost: 0,
      },
    });
    expect(await ledger.settling.prove(5, 20)).toMatchObject({ rows: 16, chain: ledger.head().chain });
    expect(await ledger.settling.prove(15, 25)).toMatchObject({ rows: 6, chain: '' });
  });
});

describe('condemned books', () => {
  it('are set aside whole at the next start, and new ones begin', async () => {
    const dataDir = newDataDir();
    const { ledger } = await openTestLedger({ dataDir });
    await ledger.settling.keepWindows([slice(1)]);
    await ledger.settle(newRow());
    await ledger.settle(newRow());
    await ledger.settling.acknowledge(1);
    await ledger.settling.condemn('fork at row 1');
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    const { setAside, slices, base } = again.ledger.settling.openedWith;
    expect(setAside).toMatchObject({ reason: 'fork at row 1', books: ledger.head().incarnation, headSeq: 2, ackedSeq: 1 });
    expect(setAside?.file).toMatch(/^ledger\.db\.condemned-\d+$/);
    expect([slices, base]).toEqual([[], { seq: 0, chain: '' }]);
    expect(again.ledger.head()).toMatchObject({ seq: 0, chain: '' });
    expect(again.ledger.head().incarnation).not.toBe(ledger.head().incarnation);
    await again.ledger.close();
    expect((await openTestLedger({ dataDir })).ledger.settling.openedWith.setAside).toBeUndefined();
  });
});
