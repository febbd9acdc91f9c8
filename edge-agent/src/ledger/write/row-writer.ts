import type { EmergencyLog, SpilledRow } from '../disk/emergency-log.ts';
import { addCharges, type Charged } from '../settle/charges.ts';
import { SliceStore } from '../settle/slice-store.ts';
import { nextChain } from '../store/chain.ts';
import { chargesAt, columnAt, type RowValues, rowColumns } from '../store/columns.ts';
import type { ChainPoint } from '../store/meta.ts';
import { assertDurable, type Db } from '../store/open-database.ts';
import { ChainBroken } from '../store/verify-tail.ts';
import type { RecordsMessage } from './messages.ts';
import { intentNoOf, OpenIntents, takeLost } from './open-intents.ts';

/** Puts records into the file: sequence, chain and durability are decided here and nowhere else. */
export class RowWriter {
  readonly intents: OpenIntents;
  readonly slices: SliceStore;
  readonly #db: Db;
  readonly #emergency: EmergencyLog;
  readonly #insert;
  readonly #transact;
  #stored: ChainPoint;
  #head: ChainPoint;
  /** Rows in the emergency log that are not in the table yet: those between `#stored` and `#head`. */
  #spilled: string[] = [];
  #lastAdded: ChainPoint;
  #isFull = true;

  constructor(db: Db, head: ChainPoint, emergency: EmergencyLog) {
    this.#db = db;
    this.#stored = head;
    this.#head = head;
    this.#lastAdded = head;
    this.#emergency = emergency;
    this.intents = new OpenIntents(db);
    this.slices = new SliceStore(db);
    const places = rowColumns.map(() => '?').join(', ');
    this.#insert = db.prepare(`INSERT INTO edge_usage_rows (seq, ${rowColumns.join(', ')}, charges, chain)
      VALUES (?, ${places}, ?, ?)`);
    this.#transact = db.transaction((work: () => void) => work());
  }

  /** The last row that survives a power cut. */
  get head(): ChainPoint {
    return this.#head;
  }

  /** The last row that is in the table. */
  get stored(): ChainPoint {
    return this.#stored;
  }

  get hasSpilled(): boolean {
    return this.#spilled.length > 0;
  }

  /** One transaction, safe from a crash of the process; throws, with nothing written, when the disk refuses. */
  intend(batch: readonly RecordsMessage[]): void {
    const seqBefore = this.#stored.seq;
    const begun = batch.flatMap(({ firstIntentNo, intentCount }) =>
      Array.from({ length: intentCount }, (_, at) => firstIntentNo + at),
    );
    const firstNew = begun[0] ?? Number.POSITIVE_INFINITY;
    const renewed = batch
      .flatMap(({ renewals = [] }) => renewals)
      .filter((line) => {
        const no = intentNoOf(line);
        return no >= firstNew || this.intents.isOpen(no);
      });
    if (begun.length + renewed.length === 0) return;
    this.setDurable(false);
    this.#transact(() => {
      this.intents.deleteSettled();
      this.intents.insert(seqBefore, [...batch.map(({ intents }) => intents), ...renewed].join('\n'));
    });
    this.intents.committed(seqBefore, [...begun, ...renewed.map(intentNoOf)], []);
  }

  /** Rows and what they used of budgets in one transaction, safe from a power cut; throws, with nothing written, when the disk refuses. */
  settle(batch: readonly RecordsMessage[]): void {
    const settled: number[] = [];
    this.#put((add) => {
      this.intents.deleteSettled();
      for (const texts of [this.#spilled, ...batch.map(({ finals }) => finals)]) {
        for (const text of texts) settled.push(Number(add(text, JSON.parse(text))[columnAt.intent_no]));
      }
    });
    this.intents.committed(this.#stored.seq, [], settled);
    if (this.#spilled.length > 0) this.#emergency.reset();
    this.#spilled = [];
  }

  /** The same into the emergency log, while the table finds no room. False: there is none there either. */
  spill(batch: readonly RecordsMessage[]): boolean {
    const rows: SpilledRow[] = [];
    let after = this.#head;
    for (const { finals } of batch) {
      for (const text of finals) {
        after = { seq: after.seq + 1, chain: nextChain(after.chain, after.seq + 1, text) };
        rows.push({ ...after, text });
      }
    }
    if (!this.#emergency.append(rows)) return false;
    this.#head = after;
    this.#spilled.push(...rows.map(({ text }) => text));
    return true;
  }

  /** At start: rows that only reached the emergency log; returns how many. Throws ChainBroken when they do not follow. */
  replay(): number {
    const rows = this.#emergency.read(this.#stored.seq);
    if (rows.length === 0) return 0;
    this.#put((add) => {
      for (const { text } of rows) add(text, JSON.parse(text));
      const last = rows.at(-1);
      if (rows[0]?.seq !== this.#stored.seq + 1 || !last?.chain.equals(this.#lastAdded.chain)) {
        throw new ChainBroken(this.#stored.seq + 1);
      }
    });
    return rows.length;
  }

  /** Books what a crash left open; returns how many rows that took. */
  bookLost(nowMs: number): number {
    let count = 0;
    this.#put((add) => {
      for (const values of takeLost(this.#db, nowMs)) {
        add(JSON.stringify(values), values);
        count += 1;
      }
    });
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

  /** One transaction; `add` numbers and chains a row behind all that are in the table. */
  #put(work: (add: (text: string, values: RowValues) => RowValues) => void): void {
    const charged: Charged = new Map();
    this.setDurable(true);
    this.#lastAdded = this.#stored;
    this.#transact(() => {
      work((text, values) => {
        this.#lastAdded = this.#append(this.#lastAdded, text, values);
        addCharges(charged, values[chargesAt]);
        return values;
      });
      this.slices.spend(charged);
    });
    this.#stored = this.#lastAdded;
    this.#head = this.#lastAdded;
  }

  #append(after: ChainPoint, text: string, values: RowValues): ChainPoint {
    const seq = after.seq + 1;
    const chain = nextChain(after.chain, seq, text);
    if (values.length === chargesAt) this.#insert.run([seq, ...values, null, chain]);
    else this.#insert.run([seq, ...values, chain]);
    return { seq, chain };
  }
}
