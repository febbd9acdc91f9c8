import type { Books } from '../store/open-books.ts';
import { noteKeeper } from './keep-notes.ts';
import type { FromWriter, Note, RecordsMessage } from './messages.ts';
import { Pace } from './pace.ts';
import { RollUp } from './roll-up.ts';
import { RowWriter } from './row-writer.ts';
import { dayStart, sweepChunk } from './sweep.ts';
import { unlessFull } from './unless-full.ts';

const closeBoundMs = 2000;

/** The writer's side of the books, on its own thread. Whoever calls handles what is thrown. */
export class LedgerWriter {
  readonly #books: Books;
  readonly #tell: (message: FromWriter) => void;
  readonly #rows: RowWriter;
  readonly #rollUp: RollUp;
  readonly #pace = new Pace();
  readonly #keepNotes;
  #waiting: RecordsMessage[] = [];

  constructor(books: Books, tell: (message: FromWriter) => void) {
    this.#books = books;
    this.#tell = tell;
    this.#rows = new RowWriter(books.db, books.head);
    this.#rollUp = new RollUp(books.db, books.meta);
    this.#keepNotes = noteKeeper(books.db);
  }

  /** Books what a crash left open, then says ready. */
  start(nowMs: number): void {
    const { meta, setAside } = this.#books;
    const lost = this.#rows.bookLost(nowMs);
    if (setAside) {
      const context = { path: setAside.path, reason: setAside.reason };
      this.keepNotes([
        { kind: 'log', level: 'error', category: 'system', message: 'corrupt books were set aside', context, atMs: nowMs },
      ]);
    }
    const head = this.#rows.head;
    const requestsToday = this.#requestsSince(dayStart(nowMs));
    this.#tell({
      kind: 'ready',
      incarnation: meta.incarnation(),
      seq: head.seq,
      chain: head.chain.toString('hex'),
      requestsToday,
      lost,
      setAside,
    });
  }

  queue(message: RecordsMessage): void {
    this.#waiting.push(message);
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  pauseMs(nowMs: number): number {
    return this.hasWaiting ? this.#pace.waitMs(nowMs) : 0;
  }

  /** Commits all that waits. Throws with the queue as it was. */
  commit(nowMs: number): void {
    const last = this.#waiting.at(-1);
    if (!last) return;
    const firstSeq = this.#rows.head.seq + 1;
    this.#rows.commit(this.#waiting);
    const records = this.#waiting.reduce((sum, { intentCount, finals }) => sum + intentCount + finals.length, 0);
    this.#waiting = [];
    this.#tell({ kind: 'committed', upTo: last.no, firstSeq, chain: this.#rows.head.chain.toString('hex') });
    this.#pace.committed(nowMs, records);
  }

  /** What may be done between two commits, in steps of some milliseconds. */
  tidy(): void {
    const headSeq = this.#rows.head.seq;
    if (this.#rollUp.isDue(headSeq)) {
      this.#rows.setDurable(false);
      this.#rollUp.addChunk(headSeq);
    }
    if (this.#rows.intents.isScattered(headSeq)) {
      this.#rows.setDurable(false);
      this.#rows.intents.repack(this.#books.db, headSeq);
    }
  }

  /** One chunk of the hourly sums; true when there is more. */
  rollUpChunk(): boolean {
    this.#rows.setDurable(false);
    return this.#rollUp.addChunk(this.#rows.head.seq);
  }

  sweep(nowMs: number): boolean {
    this.#rows.setDurable(false);
    return sweepChunk(this.#books.db, this.#books.meta, nowMs, this.#rows.intents.oldestSeq());
  }

  keepNotes(notes: readonly Note[]): void {
    this.#rows.setDurable(false);
    const failure = unlessFull(() => this.#keepNotes(notes));
    if (failure !== undefined) this.#tell({ kind: 'notes-lost', count: notes.length, message: failure });
  }

  /** Frees what the log file holds before the same commit is tried again. */
  makeRoom(): void {
    this.#books.db.pragma('wal_checkpoint(PASSIVE)');
  }

  /** The last commit, the sums, and the log folded into the file: the next start has nothing to repair. */
  close(nowMs: () => number): void {
    const untilMs = nowMs() + closeBoundMs;
    try {
      this.commit(nowMs());
      while (this.rollUpChunk() && nowMs() < untilMs);
      this.#rows.setDurable(true);
      this.#books.meta.setVerifiedTo(this.#rows.head.seq);
      this.#books.db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#books.db.close();
    }
  }

  #requestsSince(fromMs: number): number {
    const { db } = this.#books;
    const summed = db
      .prepare<[number], number | null>('SELECT SUM(requests) FROM edge_usage_hourly WHERE hour_at_ms >= ?')
      .pluck()
      .get(fromMs);
    const since = db
      .prepare<[number, number], number | null>('SELECT SUM(final) FROM edge_usage_rows WHERE seq > ? AND +ended_at_ms >= ?')
      .pluck()
      .get(this.#rollUp.upTo, fromMs);
    return (summed ?? 0) + (since ?? 0);
  }
}
