import { columnAt, type RowValues } from '../store/columns.ts';
import type { Db } from '../store/open-database.ts';

/** The intents of one commit: one row of `edge_intents`. */
interface Batch {
  readonly id: number;
  readonly seqBefore: number;
  open: number;
}

const repackBehind = 50_000;

/**
 * Which intents have no final row yet. On disk whole batches only: a batch is deleted when its last intent is
 * settled; until then the rows behind `seqBefore` tell which of them are. A batch that one long stream keeps open
 * is packed anew, so that a start never reads more than some 50,000 rows.
 */
export class OpenIntents {
  readonly #batchByNo = new Map<number, Batch>();
  readonly #batches = new Set<Batch>();
  #garbage: number[] = [];
  #nextId = 1;
  readonly #insert;
  readonly #delete;
  readonly #read;

  constructor(db: Db) {
    this.#insert = db.prepare('INSERT INTO edge_intents VALUES (?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM edge_intents WHERE id = ?');
    this.#read = db.prepare<[number], string>('SELECT lines FROM edge_intents WHERE id = ?').pluck();
  }

  /** In a transaction; `committed` follows when it held. */
  insert(seqBefore: number, lines: string): void {
    this.#insert.run(this.#nextId, seqBefore, lines);
  }

  deleteSettled(): void {
    for (const id of this.#garbage) this.#delete.run(id);
  }

  /** After the commit: intents `firstNo`… were inserted (`count` may be 0), `settled` have their final row. */
  committed(seqBefore: number, firstNo: number, count: number, settled: Iterable<number>): void {
    this.#garbage = [];
    if (count > 0) {
      const batch = this.#add(seqBefore, count);
      for (let no = firstNo; no < firstNo + count; no += 1) this.#batchByNo.set(no, batch);
    }
    for (const no of settled) this.#settle(no);
  }

  /** No row behind this one may be deleted: the next start needs it. */
  oldestSeq(): number {
    for (const batch of this.#batches) return batch.seqBefore;
    return Number.MAX_SAFE_INTEGER;
  }

  /** True when `repack` is due. */
  isScattered(headSeq: number): boolean {
    return this.oldestSeq() < headSeq - repackBehind;
  }

  /** Writes what is still open of the older half of the batches into a new one. A transaction of its own. */
  repack(db: Db, headSeq: number): void {
    const old = [...this.#batches].filter((batch) => batch.seqBefore < headSeq - repackBehind / 2);
    const nos: number[] = [];
    db.transaction(() => {
      const lines: string[] = [];
      for (const batch of old) {
        for (const line of (this.#read.get(batch.id) ?? '').split('\n')) {
          const no = intentNoOf(line);
          if (this.#batchByNo.get(no) !== batch) continue;
          lines.push(line);
          nos.push(no);
        }
        this.#delete.run(batch.id);
      }
      this.#insert.run(this.#nextId, headSeq, lines.join('\n'));
    })();
    for (const batch of old) this.#batches.delete(batch);
    const packed = this.#add(headSeq, nos.length);
    for (const no of nos) this.#batchByNo.set(no, packed);
  }

  #add(seqBefore: number, open: number): Batch {
    const batch = { id: this.#nextId, seqBefore, open };
    this.#nextId += 1;
    this.#batches.add(batch);
    return batch;
  }

  #settle(no: number): void {
    const batch = this.#batchByNo.get(no);
    if (!batch) return;
    this.#batchByNo.delete(no);
    batch.open -= 1;
    if (batch.open > 0) return;
    this.#batches.delete(batch);
    this.#garbage.push(batch.id);
  }
}

function intentNoOf(line: string): number {
  return Number(line.slice(1, line.indexOf(',')));
}

/** At start: the rows of all intents that no final row settles, and an empty table. In a transaction. */
export function takeLost(db: Db, nowMs: number): RowValues[] {
  const batches = db.prepare<[], [number, string]>('SELECT seq_before, lines FROM edge_intents ORDER BY id').raw().all();
  const floor = Math.min(...batches.map(([seqBefore]) => seqBefore));
  const settled = new Set(
    db
      .prepare<[number], number>('SELECT intent_no FROM edge_usage_rows WHERE seq > ?')
      .pluck()
      .all(batches.length > 0 ? floor : 2 ** 52),
  );
  const lost: RowValues[] = [];
  for (const [, lines] of batches) {
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      const values: RowValues = JSON.parse(line);
      if (settled.has(Number(values[columnAt.intent_no]))) continue;
      values[columnAt.ended_at_ms] = nowMs;
      lost.push(values);
    }
  }
  db.exec('DELETE FROM edge_intents');
  return lost;
}
