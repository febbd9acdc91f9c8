import { addCharges, type Charged } from '../settle/charges.ts';
import { SliceStore } from '../settle/slice-store.ts';
import { nextChain } from '../store/chain.ts';
import { chargesAt, columnAt, type RowValues, rowColumns } from '../store/columns.ts';
import type { ChainPoint } from '../store/meta.ts';
import { assertDurable, type Db } from '../store/open-database.ts';
import type { RecordsMessage } from './messages.ts';
import { OpenIntents, takeLost } from './open-intents.ts';

/** Puts records into the file: sequence, chain and durability are decided here and nowhere else. */
export class RowWriter {
  readonly intents: OpenIntents;
  readonly slices: SliceStore;
  readonly #db: Db;
  readonly #insert;
  readonly #transact;
  #head: ChainPoint;
  #isFull = true;

  constructor(db: Db, head: ChainPoint) {
    this.#db = db;
    this.#head = head;
    this.intents = new OpenIntents(db);
    this.slices = new SliceStore(db);
    const places = rowColumns.map(() => '?').join(', ');
    this.#insert = db.prepare(`INSERT INTO edge_usage_rows (seq, ${rowColumns.join(', ')}, charges, chain)
      VALUES (?, ${places}, ?, ?)`);
    this.#transact = db.transaction((work: () => void) => work());
  }

  get head(): ChainPoint {
    return this.#head;
  }

  /** One transaction, safe from a crash of the process; throws, with nothing written, when the disk refuses. */
  intend(batch: readonly RecordsMessage[]): void {
    const seqBefore = this.#head.seq;
    this.setDurable(false);
    this.#transact(() => {
      this.intents.deleteSettled();
      this.intents.insert(seqBefore, batch.map(({ intents }) => intents).join('\n'));
    });
    const count = batch.reduce((sum, { intentCount }) => sum + intentCount, 0);
    this.intents.committed(seqBefore, batch[0]?.firstIntentNo ?? 0, count, []);
  }

  /** Rows and what they used of budgets in one transaction, safe from a power cut; throws, with nothing written, when the disk refuses. */
  settle(batch: readonly RecordsMessage[]): void {
    const settled: number[] = [];
    const charged: Charged = new Map();
    let after = this.#head;
    this.setDurable(true);
    this.#transact(() => {
      this.intents.deleteSettled();
      for (const { finals } of batch) {
        for (const text of finals) {
          const values: RowValues = JSON.parse(text);
          after = this.#append(after, text, values);
          addCharges(charged, values[chargesAt]);
          settled.push(Number(values[columnAt.intent_no]));
        }
      }
      this.slices.spend(charged);
    });
    this.#head = after;
    this.intents.committed(after.seq, 0, 0, settled);
  }

  /** Books what a crash left open; returns how many rows that took. */
  bookLost(nowMs: number): number {
    this.setDurable(true);
    const charged: Charged = new Map();
    let after = this.#head;
    let count = 0;
    this.#transact(() => {
      for (const values of takeLost(this.#db, nowMs)) {
        after = this.#append(after, JSON.stringify(values), values);
        addCharges(charged, values[chargesAt]);
        count += 1;
      }
      this.slices.spend(charged);
    });
    this.#head = after;
    return count;
  }

  /** Rows need `synchronous=FULL`; what can be made again from rows, or died with the process anyway, does not. */
  setDurable(full: boolean): void {
    if (full === this.#isFull) return;
    // Not a prepared statement: SQLite applies this pragma while it compiles it.
    this.#db.pragma(`synchronous = ${full ? 'FULL' : 'NORMAL'}`);
    if (full) assertDurable(this.#db);
    this.#isFull = full;
  }

  #append(after: ChainPoint, text: string, values: RowValues): ChainPoint {
    const seq = after.seq + 1;
    const chain = nextChain(after.chain, seq, text);
    if (values.length === chargesAt) this.#insert.run([seq, ...values, null, chain]);
    else this.#insert.run([seq, ...values, chain]);
    return { seq, chain };
  }
}
