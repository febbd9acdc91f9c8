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

  /** Has it no final row yet? Only such an intent may be written anew. */
  isOpen(no: number): boolean {
    return this.#batchByNo.has(no);
  }

  /** In a transaction; `committed` follows when it held. */
  insert(seqBefore: number, lines: string): void {
    this.#insert.run(this.#nextId, seqBefore, lines);
  }

  deleteSettled(): void {
    for (const id of this.#garbage) this.#delete.run(id);
  }

  /** After the commit: the intents `written` were inserted, some of them anew; `settled` have their final row. */
  committed(seqBefore: number, written: readonly number[], settled: readonly number[]): void {
    this.#garbage = [];
    if (written.length > 0) this.#put(written, seqBefore);
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
  repack(db: Db, headSeq: number, before = headSeq - repackBehind / 2): void {
    const old = [...this.#batches].filter(({ seqBefore }) => seqBefore < before);
    const lines = new Map<number, string>();
    db.transaction(() => {
      for (const batch of old) {
        for (const line of (this.#read.get(batch.id) ?? '').split('\n')) {
          const no = intentNoOf(line);
          if (this.#batchByNo.get(no) === batch) lines.set(no, line);
        }
        this.#delete.run(batch.id);
      }
      this.#insert.run(this.#nextId, headSeq, [...lines.values()].join('\n'));
    })();
    for (const batch of old) this.#batches.delete(batch);
    for (const no of lines.keys()) this.#batchByNo.delete(no);
    this.#put([...lines.keys()], headSeq);
  }

  /** Into the batch that was inserted last, out of those in which they were. */
  #put(nos: readonly number[], seqBefore: number): void {
    const batch = { id: this.#nextId, seqBefore, open: 0 };
    this.#nextId += 1;
    this.#batches.add(batch);
    for (const no of nos) {
      const before = this.#batchByNo.get(no);
      if (before === batch) continue;
      this.#batchByNo.set(no, batch);
      batch.open += 1;
      if (before) this.#leave(before);
    }
  }

  #settle(no: number): void {
    const batch = this.#batchByNo.get(no);
    if (!batch) return;
    this.#batchByNo.delete(no);
    this.#leave(batch);
  }

  #leave(batch: Batch): void {
    batch.open -= 1;
    if (batch.open > 0) return;
    this.#batches.delete(batch);
    this.#garbage.push(batch.id);
  }
}

export function intentNoOf(line: string): number {
  return Number(line.slice(1, line.indexOf(',')));
}

/** At start: the rows of all intents that no final row settles, each as it was written last, and an empty table. In a transaction. */
export function takeLost(db: Db, nowMs: number): RowValues[] {
  const batches = db.prepare<[], [number, string]>('SELECT seq_before, lines FROM edge_intents ORDER BY id').raw().all();
  const floor = Math.min(...batches.map(([seqBefore]) => seqBefore));
  const settled = new Set(
    db
      .prepare<[number], number>('SELECT intent_no FROM edge_usage_rows WHERE seq > ?')
      .pluck()
      .all(batches.length > 0 ? floor : 2 ** 52),
  );
  const lost = new Map<number, RowValues>();
  for (const [, lines] of batches) {
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      const values: RowValues = JSON.parse(line);
      const no = Number(values[columnAt.intent_no]);
      if (settled.has(no)) continue;
      values[columnAt.ended_at_ms] = nowMs;
      lost.set(no, values);
    }
  }
  db.exec('DELETE FROM edge_intents');
  return [...lost.values()];
}
