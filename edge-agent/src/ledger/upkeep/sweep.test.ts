import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FinalRow } from '../ledger.ts';
import { arbitraryRow, nowMs } from '../test/arbitrary-rows.ts';
import { InProcessBooks } from '../test/in-process-books.ts';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { readBooks, verifyBooks } from '../test/read-books.ts';
import { newRow } from '../test/rows.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const sums =
  'SUM(requests) AS requests, SUM(attempts) AS attempts, SUM(input) AS input, SUM(cost_nano_usd) AS cost, MAX(max_ms) AS max_ms';

const one = (dataDir: string, sql: string) => readBooks(dataDir, sql)[0];

describe('the sweep', () => {
  it('makes days that are the sum of their hours, which are the sum of their rows', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRow(20), { minLength: 1, maxLength: 200 }), (rows) => {
        const dataDir = newDataDir();
        const books = new InProcessBooks(dataDir);
        books.settle(rows);
        books.rollUp();
        const perHour = readBooks(
          dataDir,
          `SELECT hour_at_ms / ${dayMs} AS day, ${sums} FROM edge_usage_hourly GROUP BY 1 ORDER BY 1`,
        );
        books.sweep(nowMs + 30 * dayMs);
        const perDay = readBooks(
          dataDir,
          `SELECT day_at_ms / ${dayMs} AS day, ${sums} FROM edge_usage_daily GROUP BY 1 ORDER BY 1`,
        );
        expect(one(dataDir, 'SELECT count(*) AS hours FROM edge_usage_hourly')).toEqual({ hours: 0 });
        books.close();
        expect(perDay).toEqual(perHour);
        expect(perDay).toEqual(sumsByDay(rows));
      }),
      { numRuns: 40, interruptAfterTimeLimit: 12_000 },
    );
  });

  it('keeps hours for 7 days, rows for 30, days for 92', () => {
    const dataDir = newDataDir();
    const books = new InProcessBooks(dataDir);
    const ages = [0, 1, 6, 8, 29, 31, 60, 91, 93, 120];
    books.settle(ages.toReversed().map((days) => newRow({ endedAtMs: nowMs - days * dayMs })));
    books.acknowledgeAll();
    books.sweep(nowMs);
    const agesIn = (table: string, column: string) =>
      readBooks(dataDir, `SELECT ${column} AS at FROM ${table}`)
        .map(({ at }) => Math.floor((nowMs - Number(at)) / dayMs))
        .sort((a, b) => a - b);
    expect(agesIn('edge_usage_rows', 'ended_at_ms')).toEqual([0, 1, 6, 8, 29]);
    expect(agesIn('edge_usage_hourly', 'hour_at_ms')).toEqual([0, 1, 6]);
    expect(agesIn('edge_usage_daily', 'day_at_ms')).toEqual([8, 29, 31, 60, 91]);
    books.close();
  });

  it('keeps rows that are not settled, however long the control plane is away', () => {
    const dataDir = newDataDir();
    const books = new InProcessBooks(dataDir);
    const seqs = () => readBooks(dataDir, 'SELECT seq FROM edge_usage_rows').map(({ seq }) => seq);
    books.settle([newRow({ endedAtMs: nowMs - 40 * dayMs })]);
    books.acknowledgeAll();
    books.settle([newRow({ endedAtMs: nowMs - 40 * dayMs }), newRow({ endedAtMs: nowMs - 39 * dayMs })]);
    books.sweep(nowMs);
    expect(seqs()).toEqual([2, 3]);
    books.acknowledgeAll();
    books.sweep(nowMs);
    expect(seqs()).toEqual([]);
    books.close();
  });

  it('goes on with sequence and chain when every row was deleted, over a restart', () => {
    const dataDir = newDataDir();
    const first = new InProcessBooks(dataDir);
    first.settle([newRow({ endedAtMs: nowMs }), newRow({ endedAtMs: nowMs }), newRow({ endedAtMs: nowMs })]);
    first.acknowledgeAll();
    first.sweep(nowMs + 31 * dayMs);
    first.close();
    const second = new InProcessBooks(dataDir);
    second.settle([newRow({ endedAtMs: nowMs + 31 * dayMs })]);
    expect(readBooks(dataDir, 'SELECT seq FROM edge_usage_rows')).toEqual([{ seq: 4 }]);
    expect(verifyBooks(dataDir)).toBe(4);
    second.close();
  });

  it('deletes many rows in short steps', () => {
    const dataDir = newDataDir();
    const books = new InProcessBooks(dataDir);
    books.settle(Array.from({ length: 5000 }, (_, at) => newRow({ endedAtMs: nowMs + at * 1000, keyId: `key_${at % 7}` })));
    books.acknowledgeAll();
    books.sweep(nowMs + 30 * dayMs + 4_500_000);
    expect(one(dataDir, 'SELECT min(seq) AS first, count(*) AS rows FROM edge_usage_rows')).toEqual({ first: 4501, rows: 500 });
    expect(verifyBooks(dataDir)).toBe(5000);
    expect(one(dataDir, `SELECT SUM(requests) AS requests FROM edge_usage_daily`)).toEqual({ requests: 5000 });
    books.close();
  });

  it('is not held up for years by a row that was written under a wrong clock', () => {
    const dataDir = newDataDir();
    const books = new InProcessBooks(dataDir);
    books.settle([
      newRow({ endedAtMs: nowMs + 3650 * dayMs }),
      newRow({ endedAtMs: nowMs - 31 * dayMs }),
      newRow({ endedAtMs: nowMs }),
    ]);
    books.acknowledgeAll();
    books.sweep(nowMs);
    expect(readBooks(dataDir, 'SELECT seq FROM edge_usage_rows')).toEqual([{ seq: 3 }]);
    books.close();
  });

  it('deletes log and health entries after 30 days', async () => {
    const dataDir = newDataDir();
    let at = nowMs;
    const { ledger } = await openTestLedger({ dataDir, nowMs: () => at });
    ledger.note({ kind: 'log', level: 'info', category: 'system', message: 'old' });
    at += 30 * dayMs + hourMs;
    ledger.note({ kind: 'log', level: 'info', category: 'system', message: 'new' });
    await expect.poll(() => one(dataDir, 'SELECT count(*) AS lines FROM edge_log'), { timeout: 3000 }).toEqual({ lines: 2 });
    await ledger.sweep();
    expect(readBooks(dataDir, 'SELECT message FROM edge_log')).toEqual([{ message: 'new' }]);
  });
});

function sumsByDay(rows: readonly FinalRow[]): unknown[] {
  const days = Map.groupBy(rows, (row) => Math.floor(row.endedAtMs / dayMs));
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([day, all]) => ({
      day,
      requests: all.filter((row) => row.final).length,
      attempts: all.length,
      input: all.reduce((sum, row) => sum + row.usage.input, 0),
      cost: all.reduce((sum, row) => sum + row.costNanoUsd, 0),
      max_ms: Math.max(0, ...all.filter((row) => row.final && row.status !== 'lost').map((row) => row.durationMs)),
    }));
}
