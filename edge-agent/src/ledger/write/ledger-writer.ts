import { EmergencyLog } from '../disk/emergency-log.ts';
import type { SettlingCommand, Standing } from '../settle/settling-command.ts';
import { needsDisk, SettlingDesk } from '../settle/settling-desk.ts';
import type { Settling } from '../settling.ts';
import { chainHex } from '../store/meta.ts';
import type { Books } from '../store/open-books.ts';
import { markCondemned } from '../store/set-aside.ts';
import type { LogSignals } from '../upkeep/log-signals.ts';
import { ReadBack } from '../upkeep/read-back.ts';
import { RollUp } from '../upkeep/roll-up.ts';
import { dayStart, keep, sweepChunk } from '../upkeep/sweep.ts';
import { noteKeeper } from './keep-notes.ts';
import type { FromWriter, Note, RecordsMessage } from './messages.ts';
import { Pace } from './pace.ts';
import { RowWriter } from './row-writer.ts';
import { unlessFull } from './unless-full.ts';

const closeBoundMs = 2000;
const plainly = { knownTo: 0, withSettled: false };

/** The writer's side of the books, on its own thread. Whoever calls handles what is thrown. */
export class LedgerWriter {
  readonly #books: Books;
  readonly #tell: (message: FromWriter) => void;
  readonly #signals: LogSignals;
  readonly #rows: RowWriter;
  readonly #desk: SettlingDesk;
  readonly #rollUp: RollUp;
  readonly #readBack: ReadBack;
  readonly #intentPace = new Pace(2000, 0.25);
  readonly #finalPace = new Pace(1000, 1);
  readonly #keepNotes;
  #passes = 0;
  #intents: RecordsMessage[] = [];
  #finals: RecordsMessage[] = [];

  constructor(books: Books, tell: (message: FromWriter) => void, signals: LogSignals) {
    this.#books = books;
    this.#tell = tell;
    this.#signals = signals;
    this.#rows = new RowWriter(books.db, books.head, new EmergencyLog(books.dataDir, books.meta.incarnation()));
    this.#desk = new SettlingDesk(books.db, books.meta, this.#rows.slices);
    this.#rollUp = new RollUp(books.db, books.meta);
    this.#readBack = new ReadBack(books.db, books.meta, books.head);
    this.#keepNotes = noteKeeper(books.db);
  }

  /** Books what a full disk kept out of the tables and what a crash left open, then says ready. */
  start(nowMs: number): void {
    const { meta, setAside } = this.#books;
    const replayed = this.#rows.replay();
    const lost = this.#rows.bookLost(nowMs);
    if (setAside) {
      const context = { ...setAside };
      this.keepNotes([
        { kind: 'log', level: 'error', category: 'system', message: 'former books were set aside', context, atMs: nowMs },
      ]);
    }
    const head = this.#rows.head;
    const requestsToday = this.#requestsSince(dayStart(nowMs));
    this.#tell({
      kind: 'ready',
      incarnation: meta.incarnation(),
      seq: head.seq,
      chain: chainHex(head),
      requestsToday,
      lost,
      replayed,
      scrubbedAtMs: meta.scrubbedAtMs(),
      settling: this.#openedWith(),
    });
  }

  /** Behind every row that was queued before, unless those find no room. Throws with nothing changed. */
  settling(command: SettlingCommand, nowMs: number): Standing | null {
    if (command.name === 'condemn') {
      markCondemned(this.#books.dataDir, command.reason);
      return null;
    }
    unlessFull(() => this.#putFinals(nowMs));
    this.#rows.setDurable(needsDisk(command));
    if (command.name !== 'look') this.#desk.run(command);
    const tells = command.name === 'look' || command.name === 'freeze' || command.name === 'move';
    return tells ? this.#desk.standing(this.#rows.stored, command.name === 'look' ? command : plainly) : null;
  }

  queue(message: RecordsMessage): void {
    if (message.intentCount > 0 || message.renewals) this.#intents.push(message);
    if (message.finals.length > 0) this.#finals.push(message);
  }

  /** Milliseconds until the next commit is due; Infinity: nothing waits. */
  idleMs(nowMs: number): number {
    return Math.min(
      this.#intents.length > 0 ? this.#intentPace.waitMs(nowMs) : Number.POSITIVE_INFINITY,
      this.#finals.length > 0 ? this.#finalPace.waitMs(nowMs) : Number.POSITIVE_INFINITY,
      this.#rows.hasSpilled ? 0 : Number.POSITIVE_INFINITY,
    );
  }

  /** Intents go first and alone: requests wait for them, and their commit need not wait for the disk. */
  commitIntents(nowMs: number): void {
    if (this.#intentPace.waitMs(nowMs) === 0) this.#putIntents(nowMs);
  }

  /** Commits the final rows that wait. Throws with the queue as it was. */
  commitFinals(nowMs: number): void {
    if (this.#rows.hasSpilled || (this.#finals.length > 0 && this.#finalPace.waitMs(nowMs) === 0)) this.#putFinals(nowMs);
  }

  /** The tables find no room: what was waited for goes to the emergency log, as far as it takes it. */
  spillFinals(): void {
    const firstSeq = this.#rows.head.seq + 1;
    const last = this.#finals.at(-1);
    if (!last || !this.#rows.spill(this.#finals)) return;
    this.#finals = [];
    this.#tellCommitted(last.no, firstSeq);
  }

  /** What may be done between two commits, and once a second: each thing takes a millisecond or two. */
  tidy(): void {
    const headSeq = this.#rows.stored.seq;
    const { db } = this.#books;
    if (this.#signals.takeFolded()) unlessFull(() => this.makeRoom());
    if (this.#rows.intents.isScattered(headSeq)) this.#lazily(() => this.#rows.intents.repack(db, headSeq));
    if (this.#rollUp.isDue(headSeq)) this.#lazily(() => this.#rollUp.addChunk(headSeq));
    this.#passes += 1;
    if (this.#passes % 2 === 0 && this.#readBack.isDue(headSeq)) this.#lazily(() => this.#readBack.step(headSeq));
  }

  /** One chunk of the hourly sums; true when there is more. */
  rollUpChunk(): boolean {
    return this.#lazily(() => this.#rollUp.addChunk(this.#rows.stored.seq));
  }

  sweep(nowMs: number): boolean {
    const { db, meta } = this.#books;
    const keepFromSeq = Math.min(this.#rows.intents.oldestSeq(), meta.acked().seq);
    return this.#lazily(() => {
      this.#rows.slices.dropForgotten(nowMs - keep.rowsMs);
      return sweepChunk(db, meta, nowMs, keepFromSeq);
    });
  }

  keepNotes(notes: readonly Note[]): void {
    const failure = unlessFull(() => this.#lazily(() => this.#keepNotes(notes)));
    if (failure !== undefined) this.#tell({ kind: 'notes-lost', count: notes.length, message: failure });
  }

  /** Folds the rest of the log, so that the next commit begins it anew. */
  makeRoom(): void {
    this.#books.db.pragma('wal_checkpoint(PASSIVE)');
  }

  /** The last commit, the sums, and the log folded into the file: the next start has nothing to repair. */
  close(nowMs: () => number): void {
    const untilMs = nowMs() + closeBoundMs;
    try {
      if (unlessFull(() => this.#putFinals(nowMs())) !== undefined) this.spillFinals();
      while (this.rollUpChunk() && nowMs() < untilMs);
      this.#rows.setDurable(true);
      this.#books.meta.setVerifiedTo(this.#rows.stored.seq);
      this.#books.db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#books.db.close();
    }
  }

  /** What can be made again from rows, or dies with the process anyway, need not wait for the disk. */
  #lazily<T>(work: () => T): T {
    this.#rows.setDurable(false);
    return work();
  }

  #putIntents(nowMs: number): void {
    const last = this.#intents.at(-1);
    if (!last) return;
    this.#rows.intend(this.#intents);
    const count = this.#intents.reduce((sum, { intentCount, renewals = [] }) => sum + intentCount + renewals.length, 0);
    this.#intents = [];
    this.#tell({ kind: 'intended', upTo: last.no });
    this.#intentPace.committed(nowMs, count);
    this.#signals.wrote(count);
  }

  /** Invariant: no final row is written before its intent, or the next start would book the attempt again. */
  #putFinals(nowMs: number): void {
    this.#putIntents(nowMs);
    const last = this.#finals.at(-1);
    if (!last && !this.#rows.hasSpilled) return;
    const firstSeq = this.#rows.head.seq + 1;
    this.#rows.settle(this.#finals);
    this.#finals = [];
    if (last) this.#tellCommitted(last.no, firstSeq);
    const count = this.#rows.head.seq + 1 - firstSeq;
    this.#finalPace.committed(nowMs, count);
    this.#signals.wrote(count);
  }

  #tellCommitted(upTo: number, firstSeq: number): void {
    this.#tell({ kind: 'committed', upTo, firstSeq, chain: this.#rows.head.chain.toString('hex') });
  }

  #openedWith(): Settling['openedWith'] {
    const { base, acked } = this.#desk.standing(this.#rows.stored, plainly);
    return { slices: this.#rows.slices.all(), base, acked, setAside: this.#books.setAside };
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
