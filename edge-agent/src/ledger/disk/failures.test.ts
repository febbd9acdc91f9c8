import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LedgerFailed } from '../ledger.ts';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { newRow } from '../test/rows.ts';
import { failuresPath, isWornOut, readFailures, recordFailure } from './failures.ts';

const minuteMs = 60_000;

it('says that a disk is worn out when it failed twice within ten minutes, until the file is gone', () => {
  const dataDir = newDataDir();
  const record = (atMs: number) => recordFailure(dataDir, atMs, 'SQLITE_IOERR_FSYNC: disk I/O error');
  expect(isWornOut(readFailures(dataDir))).toBe(false);
  record(0);
  expect(isWornOut(readFailures(dataDir))).toBe(false);
  record(11 * minuteMs);
  expect(isWornOut(readFailures(dataDir))).toBe(false);
  record(21 * minuteMs);
  expect(isWornOut(readFailures(dataDir))).toBe(true);
  record(300 * minuteMs);
  expect(isWornOut(readFailures(dataDir))).toBe(true);
  rmSync(failuresPath(dataDir));
  expect(isWornOut(readFailures(dataDir))).toBe(false);
});

it('takes no request on a worn-out disk, but keeps books and settles them', async () => {
  const dataDir = newDataDir();
  const first = await openTestLedger({ dataDir });
  await first.ledger.settle(newRow());
  await first.ledger.close();
  for (const atMs of [0, minuteMs]) recordFailure(dataDir, atMs, 'EIO');
  const { ledger, lines } = await openTestLedger({ dataDir });
  expect(ledger.accepting()).toEqual({ ok: false, reason: expect.stringContaining('doctor') });
  expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('twice') }));
  expect((await ledger.settling.nextBatch())?.batch.to).toBe(1);
  rmSync(failuresPath(dataDir));
  await expect.poll(() => ledger.accepting(), { timeout: 8000, interval: 200 }).toEqual({ ok: true });
});

it('remembers why the books stopped, and what cannot be opened stands in once the disk is worn out', async () => {
  const dataDir = newDataDir();
  const nowMs = () => 5_000_000;
  // A folder where the file should be: whatever the user, it cannot be opened.
  await (await openTestLedger({ dataDir })).ledger.close();
  rmSync(join(dataDir, 'ledger.db'));
  mkdirSync(join(dataDir, 'ledger.db'));
  await expect(openTestLedger({ dataDir, nowMs })).rejects.toThrow(LedgerFailed);
  expect(readFailures(dataDir)).toEqual([{ at_ms: 5_000_000, reason: expect.stringContaining('CANTOPEN') }]);
  const { ledger } = await openTestLedger({ dataDir, nowMs });
  expect(ledger.accepting()).toMatchObject({ ok: false });
  expect(ledger.head()).toMatchObject({ seq: 0, chain: '' });
  await expect(ledger.settle(newRow())).rejects.toMatchObject({ code: 'disk' });
  expect(await ledger.settling.nextBatch()).toBeNull();
});

it('does not take a disk that is full at the start for one that fails', async () => {
  const dataDir = newDataDir();
  await expect(openTestLedger({ dataDir, maxPages: 2 })).rejects.toMatchObject({ code: 'full' });
  expect(readFailures(dataDir)).toEqual([]);
});

it('bears a file of failures that is itself broken', () => {
  const dataDir = newDataDir();
  writeFileSync(failuresPath(dataDir), '\u0000\u0000\n{"at_ms":');
  expect(readFailures(dataDir)).toEqual([]);
});
