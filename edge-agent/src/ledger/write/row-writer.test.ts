import { expect, it } from 'vitest';
import { EmergencyLog } from '../disk/emergency-log.ts';
import { openBooks } from '../store/open-books.ts';
import { assertDurable } from '../store/open-database.ts';
import { newDataDir } from '../test/open-test-ledger.ts';
import { newRow } from '../test/rows.ts';
import { encodeRow } from './encode-row.ts';
import type { RecordsMessage } from './messages.ts';
import { RowWriter } from './row-writer.ts';

const noLog = new EmergencyLog('/nowhere', 'inc');
const newBooks = () => openBooks(newDataDir(), 0, undefined);

const intents: RecordsMessage = {
  kind: 'records',
  no: 1,
  intents: encodeRow(1, newRow()),
  firstIntentNo: 1,
  intentCount: 1,
  finals: [],
};
const finals: RecordsMessage = {
  kind: 'records',
  no: 2,
  intents: '',
  firstIntentNo: 0,
  intentCount: 0,
  finals: [encodeRow(0, newRow())],
};

it('opens the file so that a commit survives a power cut', () => {
  const { db } = newBooks();
  expect(() => assertDurable(db)).not.toThrow();
  db.pragma('synchronous = NORMAL');
  expect(() => assertDurable(db)).toThrow(/synchronous=2/);
  db.close();
});

it('flushes for final rows, and not for intents alone', () => {
  const { db, head } = newBooks();
  const writer = new RowWriter(db, head, noLog);
  const synchronous = () => db.pragma('synchronous', { simple: true });
  writer.intend([intents]);
  expect(synchronous()).toBe(1);
  writer.settle([finals]);
  expect(synchronous()).toBe(2);
  writer.intend([{ ...intents, firstIntentNo: 2 }]);
  expect(synchronous()).toBe(1);
  db.close();
});

it('leaves head and file as they were when a commit fails', () => {
  const { db, head } = newBooks();
  const writer = new RowWriter(db, head, noLog);
  writer.settle([finals]);
  const before = writer.head;
  expect(() => writer.settle([finals, { ...finals, finals: ['[1]'] }])).toThrow();
  expect(writer.head).toBe(before);
  expect(db.prepare('SELECT count(*) FROM edge_usage_rows').pluck().get()).toBe(1);
  writer.settle([finals]);
  expect(writer.head.seq).toBe(2);
  db.close();
});
