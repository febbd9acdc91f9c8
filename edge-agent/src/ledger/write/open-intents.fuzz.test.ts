import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EmergencyLog } from '../disk/emergency-log.ts';
import { columnAt, type RowValues } from '../store/columns.ts';
import { openBooks } from '../store/open-books.ts';
import { newDataDir } from '../test/open-test-ledger.ts';
import { newRow } from '../test/rows.ts';
import { encodeRow } from './encode-row.ts';
import type { RecordsMessage } from './messages.ts';
import { takeLost } from './open-intents.ts';
import { RowWriter } from './row-writer.ts';

const none: RecordsMessage = { kind: 'records', no: 0, intents: '', firstIntentNo: 0, intentCount: 0, finals: [] };
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ is: fc.constant('begin' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('renew' as const), pick: fc.nat(), again: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('settle' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ is: 'repack' as const }) },
);

it('a crash leaves each intent that has no final row once, as it was written last, however they were renewed and packed', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const { db, head } = openBooks(newDataDir(), 0, undefined);
      const writer = new RowWriter(db, head, new EmergencyLog('/nowhere', 'inc'));
      const open = new Map<number, number>();
      let [nextNo, output] = [1, 0];
      const line = (no: number) => {
        output += 1;
        open.set(no, output);
        return encodeRow(no, newRow({ usage: { ...newRow().usage, output } }));
      };
      const oneOf = (pick: number) => [...open.keys()][pick % open.size];
      for (const one of acts) {
        if (one.is === 'begin') {
          const firstIntentNo = nextNo;
          nextNo += one.count;
          const lines = Array.from({ length: one.count }, (_, at) => line(firstIntentNo + at));
          writer.intend([{ ...none, intents: lines.join('\n'), firstIntentNo, intentCount: one.count }]);
        } else if (one.is === 'renew') {
          const no = oneOf(one.pick);
          if (no === undefined) continue;
          writer.intend([{ ...none, renewals: one.again ? [line(no), line(no)] : [line(no)] }]);
        } else if (one.is === 'settle') {
          const no = oneOf(one.pick);
          if (no === undefined) continue;
          writer.settle([{ ...none, finals: [encodeRow(no, newRow())] }]);
          open.delete(no);
          // Too late: it changes nothing any more.
          writer.intend([{ ...none, renewals: [encodeRow(no, newRow())] }]);
        } else if (open.size > 0) writer.intents.repack(db, writer.stored.seq, Number.POSITIVE_INFINITY);
      }
      const lost = takeLost(db, 7);
      const read = (values: RowValues) => [values[columnAt.intent_no], values[columnAt.output]] as const;
      expect(new Map(lost.map(read))).toEqual(open);
      expect(lost).toHaveLength(open.size);
      db.close();
    }),
    { numRuns: 150 },
  );
});

it('keeps no batch on disk of which every intent was renewed or settled', () => {
  const { db, head } = openBooks(newDataDir(), 0, undefined);
  const writer = new RowWriter(db, head, new EmergencyLog('/nowhere', 'inc'));
  writer.intend([{ ...none, intents: encodeRow(1, newRow()), firstIntentNo: 1, intentCount: 1 }]);
  for (let at = 0; at < 5; at += 1) writer.intend([{ ...none, renewals: [encodeRow(1, newRow())] }]);
  const batches = () => db.prepare('SELECT count(*) FROM edge_intents').pluck().get();
  expect(batches()).toBeLessThanOrEqual(2);
  writer.settle([{ ...none, finals: [encodeRow(1, newRow())] }]);
  writer.settle([{ ...none, finals: [encodeRow(0, newRow())] }]);
  expect(batches()).toBe(0);
  db.close();
});
