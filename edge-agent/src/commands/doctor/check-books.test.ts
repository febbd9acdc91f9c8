import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { recordFailure } from '../../ledger/disk/failures.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { newRow } from '../../ledger/test/rows.ts';
import { checkBooks } from './check-books.ts';

const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };

function newFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

const openBooks = (dataDir: string) =>
  openLedger({ dataDir, nowMs: Date.now, log, keptRoom: { ballastBytes: 0, emergencyBytes: 0 } });

it('is content with books that are whole on a disk that never failed', async () => {
  const dataDir = newFolder();
  await (await openBooks(dataDir)).close();
  expect(checkBooks(dataDir)).toMatchObject([{ what: 'books', verdict: 'ok' }]);
});

it('warns of one failure of the disk, and fails after two, with what clears it', async () => {
  const dataDir = newFolder();
  const books = join(dataDir, 'books', '2');
  await (await openBooks(books)).close();
  recordFailure(books, 0, 'SQLITE_IOERR_FSYNC: disk I/O error');
  expect(checkBooks(dataDir)).toMatchObject([{ verdict: 'warn', found: expect.stringContaining('IOERR_FSYNC') }]);
  recordFailure(books, 60_000, 'SQLITE_IOERR_FSYNC: disk I/O error');
  expect(checkBooks(dataDir)).toMatchObject([
    { verdict: 'fail', advice: expect.stringContaining(`rm ${join(books, 'ledger.failures')}`) },
  ]);
});

it('names books that were set aside, and how much of them was never settled', async () => {
  const dataDir = newFolder();
  const ledger = await openBooks(dataDir);
  for (let at = 0; at < 3; at += 1) await ledger.settle(newRow());
  await ledger.settling.acknowledge(1);
  await ledger.settling.condemn('fork at row 1');
  await ledger.close();
  await (await openBooks(dataDir)).close();
  const [finding] = checkBooks(dataDir);
  expect(finding).toMatchObject({ verdict: 'warn', found: expect.stringContaining('fork at row 1') });
  expect(finding?.found).toMatch(/ledger\.db\.condemned-\d+ \(inc_[0-9a-f]+, 2 rows unsettled\)/);
});
