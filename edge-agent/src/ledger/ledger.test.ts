import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LedgerFailed } from './ledger.ts';
import { newDataDir, openTestLedger } from './test/open-test-ledger.ts';
import { readBooks, tamper, verifyBooks } from './test/read-books.ts';
import { intentOf, newRow } from './test/rows.ts';

describe('the ledger', () => {
  it('numbers rows without a gap in the order in which they are settled', async () => {
    const { ledger, dataDir } = await openTestLedger();
    const rows = Array.from({ length: 50 }, () => newRow());
    await Promise.all(rows.map((row) => ledger.intend(intentOf(row))));
    const seqs = await Promise.all(rows.map((row) => ledger.settle(row)));
    expect(seqs).toEqual(rows.map((_, at) => at + 1));
    expect(ledger.head().seq).toBe(50);
    const stored = readBooks(dataDir, 'SELECT request_id, hex(chain) AS chain FROM edge_usage_rows ORDER BY seq');
    expect(stored.map((row) => row['request_id'])).toEqual(rows.map((row) => row.requestId));
    expect(stored.at(-1)?.['chain']).toBe(ledger.head().chain.toUpperCase());
    expect(verifyBooks(dataDir)).toBe(50);
  });

  it('keeps every column of a row', async () => {
    const { ledger, dataDir } = await openTestLedger();
    const usage = { ...newRow().usage, thinking: 5, inputAudio: 1, outputAudio: 2, webSearchRequests: 3 };
    await ledger.settle(
      newRow({
        requestId: 'req_x',
        usage,
        costNanoUsd: 2 ** 52,
        servedModel: 'm\u0000\ud800',
        httpStatus: null,
        firstByteMs: 1.6,
      }),
    );
    expect(readBooks(dataDir, 'SELECT * FROM edge_usage_rows')[0]).toMatchObject({
      seq: 1,
      request_id: 'req_x',
      thinking: 5,
      input_audio: 1,
      output_audio: 2,
      web_search_requests: 3,
      cost_nano_usd: 2 ** 52,
      served_model: 'm\u0000\ufffd',
      http_status: null,
      first_byte_ms: 2,
      final: 1,
      outcome: 'success',
    });
    expect(verifyBooks(dataDir)).toBe(1);
  });

  it('refuses a number that is no count, and goes on', async () => {
    const { ledger } = await openTestLedger();
    await expect(ledger.settle(newRow({ costNanoUsd: Number.NaN }))).rejects.toThrow(RangeError);
    await expect(ledger.settle(newRow({ usage: { ...newRow().usage, output: -1 } }))).rejects.toThrow(/output/);
    await expect(ledger.settle(newRow())).resolves.toBe(1);
  });

  it('books an attempt that was left open as lost, by its estimate, once', async () => {
    const dataDir = newDataDir();
    const first = await openTestLedger({ dataDir });
    const [open, settled] = [newRow({ priced: false }), newRow()];
    await Promise.all([first.ledger.intend(intentOf(open)), first.ledger.intend(intentOf(settled))]);
    await first.ledger.settle(settled);
    await first.ledger.close();
    const second = await openTestLedger({ dataDir, nowMs: () => 5_000_000_000_000 });
    expect(second.ledger.head().seq).toBe(2);
    expect(second.ledger.head().incarnation).toBe(first.ledger.head().incarnation);
    await second.ledger.close();
    const third = await openTestLedger({ dataDir });
    expect(third.ledger.head().seq).toBe(2);
    expect(readBooks(dataDir, 'SELECT * FROM edge_usage_rows WHERE seq = 2')).toMatchObject([
      {
        request_id: open.requestId,
        status: 'lost',
        final: 1,
        estimated: 1,
        input: 7,
        output: 8,
        cost_nano_usd: 99,
        priced: 0,
        ended_at_ms: 5_000_000_000_000,
        started_at_ms: open.startedAtMs,
        outcome: 'other',
      },
    ]);
  });

  it('does not book an attempt again whose row was written in the turn of its intent', async () => {
    const dataDir = newDataDir();
    const { ledger } = await openTestLedger({ dataDir });
    for (let turn = 0; turn < 300; turn += 1) {
      const row = newRow();
      await Promise.all([ledger.intend(intentOf(row)), ledger.settle(row)]);
    }
    const flood = Array.from({ length: 3000 }, () => newRow());
    await Promise.all(flood.flatMap((row) => [ledger.intend(intentOf(row)), ledger.settle(row)]));
    await ledger.close();
    expect((await openTestLedger({ dataDir })).ledger.head().seq).toBe(3300);
  });

  it('keeps an intent open over 50,000 later rows, and books it as lost', async () => {
    const dataDir = newDataDir();
    const { ledger } = await openTestLedger({ dataDir });
    const [open, neighbour] = [newRow(), newRow()];
    await Promise.all([ledger.intend(intentOf(open)), ledger.intend(intentOf(neighbour))]);
    await ledger.settle(neighbour);
    for (let batch = 0; batch < 11; batch += 1) {
      await Promise.all(Array.from({ length: 5000 }, () => ledger.settle(newRow())));
    }
    await expect.poll(() => readBooks(dataDir, 'SELECT seq_before FROM edge_intents')[0]?.['seq_before']).toBeGreaterThan(50_000);
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.head().seq).toBe(55_002);
    expect(readBooks(dataDir, 'SELECT request_id FROM edge_usage_rows WHERE seq = 55002')).toEqual([
      { request_id: open.requestId },
    ]);
  });

  it('refuses a second process on the same folder, and frees it when closed', async () => {
    const { ledger, dataDir } = await openTestLedger();
    await expect(openTestLedger({ dataDir })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`${process.pid}`),
    });
    await ledger.close();
    await expect(openTestLedger({ dataDir })).resolves.toBeDefined();
  });

  it('refuses books of a newer release and leaves them alone', async () => {
    const { ledger, dataDir } = await openTestLedger();
    await ledger.close();
    tamper(dataDir, 'PRAGMA user_version = 99');
    await expect(openTestLedger({ dataDir })).rejects.toMatchObject({ code: 'newer' });
    expect(readdirSync(dataDir)).not.toContainEqual(expect.stringContaining('corrupt'));
  });

  it.each([
    ['a changed value', `UPDATE edge_usage_rows SET cost_nano_usd = 1 WHERE seq = 2`],
    ['a missing row', `DELETE FROM edge_usage_rows WHERE seq = 2`],
    ['a changed hash', `UPDATE edge_usage_rows SET chain = zeroblob(32) WHERE seq = 3`],
  ])('sets books with %s aside and begins new ones', async (_, sql) => {
    const { ledger, dataDir } = await openTestLedger();
    for (let at = 0; at < 3; at += 1) await ledger.settle(newRow());
    await ledger.close();
    tamper(dataDir, `${sql}; UPDATE ledger_meta SET value = 0 WHERE name = 'verified_to_seq'`);
    const again = await openTestLedger({ dataDir });
    expect(again.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: expect.stringContaining('set aside') }),
    );
    expect(again.ledger.head()).toMatchObject({ seq: 0 });
    expect(again.ledger.head().incarnation).not.toBe(ledger.head().incarnation);
    expect(readdirSync(dataDir)).toContainEqual(expect.stringMatching(/^ledger\.db\.corrupt-\d+$/));
    expect(again.ledger.settling.openedWith.setAside).toMatchObject({ books: ledger.head().incarnation, ackedSeq: 0 });
    expect(readBooks(dataDir, 'SELECT level, category FROM edge_log')).toEqual([{ level: 'error', category: 'system' }]);
    await expect(again.ledger.settle(newRow())).resolves.toBe(1);
  });

  it('finds a row that changed while the node runs, stops, and begins new books at the next start', async () => {
    const failures: Error[] = [];
    const { ledger, dataDir } = await openTestLedger({ onFatal: (error) => failures.push(error) });
    const settle = (count: number) => Promise.all(Array.from({ length: count }, () => ledger.settle(newRow())));
    await settle(50);
    tamper(dataDir, 'UPDATE edge_usage_rows SET output = 1 WHERE seq = 20');
    await expect(
      (async () => {
        for (;;) await settle(1000);
      })(),
    ).rejects.toMatchObject({ code: 'disk', message: expect.stringContaining('broken at row 20') });
    expect(failures).toHaveLength(1);
    expect(ledger.accepting()).toMatchObject({ ok: false });
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.head().seq).toBe(0);
    expect(again.lines[0]?.message).toContain('set aside');
  });

  it.each([
    ['rubbish', (path: string) => writeFileSync(path, 'rubbish '.repeat(2000))],
    ['a cut file', (path: string) => truncateSync(path, 12_288)],
  ])('sets %s aside and begins new books', async (_, damage) => {
    const { ledger, dataDir } = await openTestLedger();
    for (let at = 0; at < 100; at += 1) await ledger.settle(newRow());
    await ledger.close();
    damage(join(dataDir, 'ledger.db'));
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.head().seq).toBe(0);
    await expect(again.ledger.settle(newRow())).resolves.toBe(1);
  });

  it('counts the requests of today and of the last minute, over a restart too', async () => {
    const dataDir = newDataDir();
    let nowMs = Date.UTC(2026, 0, 1, 23, 59, 0);
    const endedAtMs = nowMs - 1;
    const first = await openTestLedger({ dataDir, nowMs: () => nowMs });
    await first.ledger.settle(newRow({ endedAtMs, final: false }));
    await first.ledger.settle(newRow({ endedAtMs }));
    await first.ledger.rollUp();
    await first.ledger.settle(newRow({ endedAtMs }));
    expect([first.ledger.totalsToday().requests, first.ledger.requestsPerMinute()]).toEqual([2, 2]);
    await first.ledger.close();
    const { ledger } = await openTestLedger({ dataDir, nowMs: () => nowMs });
    expect([ledger.totalsToday().requests, ledger.requestsPerMinute()]).toEqual([2, 0]);
    nowMs += 60_000;
    expect(ledger.totalsToday().requests).toBe(0);
  });

  it('takes no new requests while the disk has less room than the reserve', async () => {
    const { ledger } = await openTestLedger({ reserveBytes: 2 ** 60 });
    expect(ledger.accepting()).toEqual({ ok: false, reason: 'the disk is full' });
    await expect(ledger.settle(newRow())).resolves.toBe(1);
    expect(ledger.sizes().diskFreeBytes).toBeGreaterThan(0);
  });

  it('takes no new requests while 20,000 records wait, and writes all of them', async () => {
    const { ledger } = await openTestLedger();
    expect(ledger.accepting()).toEqual({ ok: true });
    const all = Array.from({ length: 20_001 }, () => ledger.settle(newRow()));
    expect(ledger.accepting()).toMatchObject({ ok: false });
    expect(await Promise.all(all)).toHaveLength(20_001);
    expect(ledger.accepting()).toEqual({ ok: true });
  });

  it('takes no new requests when the file cannot grow, and loses none of those it took', async () => {
    const dataDir = newDataDir();
    let nowMs = Date.UTC(2026, 0, 1, 12);
    const { ledger, lines } = await openTestLedger({ dataDir, nowMs: () => nowMs, maxPages: 400 });
    const taken: Promise<number>[] = [];
    await expect
      .poll(
        () => {
          for (let more = 0; more < 200; more += 1) taken.push(ledger.settle(newRow({ endedAtMs: nowMs })));
          return ledger.accepting();
        },
        { interval: 20, timeout: 10_000 },
      )
      .toEqual({ ok: false, reason: 'the disk is full' });
    const late = ledger.intend(intentOf(newRow()));
    expect(await Promise.race([taken.at(-1), new Promise((resolve) => setTimeout(resolve, 400, 'waits'))])).toBe('waits');
    nowMs += 31 * 86_400_000;
    await ledger.sweep();
    expect(ledger.accepting()).toMatchObject({ ok: false });
    await ledger.settling.acknowledge(readBooks(dataDir, 'SELECT MAX(seq) AS seq FROM edge_usage_rows')[0]?.['seq'] as number);
    await ledger.sweep();
    const seqs = await Promise.all(taken);
    await late;
    expect(seqs).toEqual(taken.map((_, at) => at + 1));
    await expect.poll(() => ledger.accepting(), { timeout: 3000 }).toEqual({ ok: true });
    expect(verifyBooks(dataDir)).toBe(taken.length);
    expect(lines.map(({ message }) => message)).toContain('the ledger can grow again');
  });

  it('writes health and log entries', async () => {
    const { ledger, dataDir } = await openTestLedger();
    ledger.note({ kind: 'log', level: 'warn', category: 'config', message: 'late', context: { by: 3 } });
    ledger.note({
      kind: 'health',
      service: 'claude',
      upstreamId: 'ups_a',
      status: 'degraded',
      responseTimeMs: 900,
      errorMessage: 'slow',
      consecutiveSuccesses: 0,
      consecutiveFailures: 2,
      avgResponseTimeMs: 700.5,
      successRatePercent: 97.5,
    });
    await ledger.close();
    expect(readBooks(dataDir, 'SELECT level, message, context FROM edge_log')).toEqual([
      { level: 'warn', message: 'late', context: '{"by":3}' },
    ]);
    expect(readBooks(dataDir, 'SELECT service, status, success_rate_percent FROM edge_service_health')).toEqual([
      { service: 'claude', status: 'degraded', success_rate_percent: 97.5 },
    ]);
  });

  it('folds the log into the file while it is open', async () => {
    const { ledger, dataDir } = await openTestLedger();
    await Promise.all(Array.from({ length: 2000 }, () => ledger.settle(newRow())));
    await expect.poll(() => statSync(join(dataDir, 'ledger.db')).size, { timeout: 5000 }).toBeGreaterThan(500_000);
  });

  it('refuses work once it is closed', async () => {
    const { ledger } = await openTestLedger();
    await ledger.close();
    await expect(ledger.settle(newRow())).rejects.toThrow(LedgerFailed);
    expect(ledger.accepting()).toMatchObject({ ok: false });
  });
});
