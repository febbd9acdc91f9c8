import { expect, it } from 'vitest';
import { ledgerPath, openBooks } from '../store/open-books.ts';
import { openFolder } from '../store/open-database.ts';
import { newDataDir } from '../test/open-test-ledger.ts';
import { intentOf, newRow } from '../test/rows.ts';
import { LogSignals } from '../upkeep/log-signals.ts';
import { encodeIntent, encodeRow } from './encode-row.ts';
import { LedgerWriter } from './ledger-writer.ts';
import type { FromWriter } from './messages.ts';

function newWriter(dataDir: string, signals = new LogSignals()): { writer: LedgerWriter; told: FromWriter[] } {
  const told: FromWriter[] = [];
  return { writer: new LedgerWriter(openBooks(dataDir, 0, undefined), (message) => told.push(message), signals), told };
}

it('never writes a final row before its intent, so that no start books the attempt again', () => {
  const dataDir = newDataDir();
  const { writer, told } = newWriter(dataDir);
  const row = newRow();
  const intents = encodeIntent(1, intentOf(row));
  writer.queue({ kind: 'records', no: 1, intents, firstIntentNo: 1, intentCount: 1, finals: [encodeRow(1, row)] });
  writer.commitFinals(0);
  writer.commitIntents(1000);
  expect(told.map(({ kind }) => kind)).toEqual(['intended', 'committed']);
  writer.close(() => 0);
  const again = newWriter(dataDir);
  again.writer.start(0);
  expect(again.told).toMatchObject([{ kind: 'ready', seq: 1, lost: 0 }]);
  again.writer.close(() => 0);
});

it('answers all messages of a commit at once, and numbers their rows in order', () => {
  const { writer, told } = newWriter(newDataDir());
  for (const no of [1, 2, 3]) {
    const finals = Array.from({ length: no }, () => encodeRow(0, newRow()));
    writer.queue({ kind: 'records', no, intents: '', firstIntentNo: 0, intentCount: 0, finals });
  }
  writer.commitFinals(0);
  expect(told).toMatchObject([{ kind: 'committed', upTo: 3, firstSeq: 1 }]);
  expect(writer.idleMs(0)).toBe(Number.POSITIVE_INFINITY);
  writer.close(() => 0);
});

it('begins the log anew once another thread has folded it', () => {
  const dataDir = newDataDir();
  const signals = new LogSignals();
  const { writer } = newWriter(dataDir, signals);
  const folder = openFolder(ledgerPath(dataDir));
  let no = 0;
  const logPagesAfter = (commits: number) => {
    for (let more = 0; more < commits; more += 1) {
      no += 1;
      const finals = [encodeRow(0, newRow())];
      writer.queue({ kind: 'records', no, intents: '', firstIntentNo: 0, intentCount: 0, finals });
      writer.commitFinals(no * 1000);
      writer.tidy();
    }
    return folder.prepare<[], { log: number }>('PRAGMA wal_checkpoint(PASSIVE)').get()?.log ?? 0;
  };
  const before = logPagesAfter(50);
  expect(before).toBeGreaterThan(100);
  expect(signals.takeWritten(51)).toBe(false);
  expect(signals.takeWritten(50)).toBe(true);
  signals.folded();
  expect(logPagesAfter(5)).toBeLessThan(before / 2);
  folder.close();
  writer.close(() => 0);
});
