import {
  ask,
  type BookNews,
  type BookTask,
  type Hold,
  hold,
  type NodeBook,
  openBook,
  type SettleAnswer,
  settleHold,
  takeNews,
} from '../../../src/index.ts';
import type { SettleMessage } from './center.ts';
import { type Disk, nextBatch, recover, spentAt, writeRow } from './disk.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface Request {
  readonly no: number;
  readonly quotas: readonly string[];
  readonly estimate: number;
  readonly cost: number;
  readonly upstreamMs: number;
}

/** What a node needs of the world around it. */
export interface Around {
  readonly time: Timeline;
  readonly random: Random;
  limitOf(quota: string): number;
  openSession(disk: Disk, answered: (told: { readonly sessionNo: number; readonly fenced: boolean }) => void): void;
  settle(message: SettleMessage, answered: (answer: SettleAnswer | 'stale') => void): void;
  newBooks(): string;
  /** The upstream bills. */
  billed(node: SimNode, request: Request, wins: readonly number[]): void;
  admitted(node: SimNode, held: Hold): void;
  started(node: SimNode): void;
  refused(node: SimNode, request: Request, reason: string): void;
  /** The client saw the end of its answer: its row is durable. */
  answered(node: SimNode, request: Request): void;
  condemned(node: SimNode, disk: Disk): void;
}

interface Running {
  readonly request: Request;
  readonly hold: Hold;
}

/** One process after the other on one disk: what a node program does around the reducers, and nothing else. */
export class SimNode {
  readonly id: number;
  readonly around: Around;
  disk: Disk;
  book: NodeBook | null = null;
  readonly running = new Map<number, Running>();
  readonly #waiting = new Map<string, Request>();
  /** Of the machine: a disk that was restored comes with another boot. */
  sameBoot = true;
  clockErrorMs = 0;
  /** Its disk was restored, and it has not spoken with the centre since. */
  mustHear = false;
  #life = 0;
  #sessionNo = 0;
  #writtenAtMs = 0;

  constructor(id: number, around: Around) {
    this.id = id;
    this.around = around;
    this.disk = {
      books: around.newBooks(),
      rows: [],
      intents: new Map(),
      windows: new Map(),
      acked: 0,
      frozen: null,
      contactMs: null,
    };
  }

  get now() {
    const { nowMs } = this.around.time;
    return { monoMs: nowMs, wallMs: nowMs + this.clockErrorMs };
  }

  start(): void {
    if (this.book) return;
    this.#life += 1;
    this.#sessionNo = 0;
    recover(this.disk);
    this.around.started(this);
    const { contactMs } = this.disk;
    const contact = contactMs === null ? null : { monoMs: contactMs, wallMs: contactMs + this.clockErrorMs, holdMs: 20_000 };
    const slices = [...this.disk.windows.values()];
    this.book = openBook({ slices, contact, sameBoot: this.sameBoot, now: this.now, coverMs: 30_000 });
    this.#handshake();
    this.#tick();
  }

  /** Requests under way die with the process; the upstream bills them all the same. */
  crash(): void {
    this.book = null;
    this.#life += 1;
    this.#waiting.clear();
    for (const { request, hold: held } of this.running.values()) this.around.billed(this, request, held.wins);
    this.running.clear();
  }

  serve(request: Request): void {
    if (!this.book) return;
    const tasks: BookTask[] = [];
    const wants = request.quotas.map((quota) => {
      return { quota, subject: '', amount: request.estimate, limit: this.around.limitOf(quota), strict: true, overdraft: 0 };
    });
    const outcome = hold(this.book, { id: String(request.no), wants, waitMs: 400 }, this.now, tasks);
    if (outcome.kind === 'held') this.#run(request, outcome.hold);
    else if (outcome.kind === 'waiting') this.#waiting.set(String(request.no), request);
    else this.around.refused(this, request, outcome.refusal.reason);
    this.#do(tasks);
  }

  news(news: BookNews): void {
    if (this.book) this.#do(takeNews(this.book, news, this.now));
  }

  poke(win: number): void {
    this.news({ kind: 'recall', wins: [win] });
  }

  #run(request: Request, held: Hold): void {
    this.around.admitted(this, held);
    this.running.set(request.no, { request, hold: held });
    this.disk.intents.set(
      request.no,
      held.wins.map((win, at) => [win, held.amounts[at] ?? 0] as const),
    );
    this.#later(request.upstreamMs, () => this.#end(request, held));
  }

  #end(request: Request, held: Hold): void {
    this.running.delete(request.no);
    this.around.billed(this, request, held.wins);
    const { book, disk } = this;
    if (!book) return;
    const tasks: BookTask[] = [];
    settleHold(
      book,
      held,
      held.wins.map(() => request.cost),
      this.now,
      tasks,
    );
    this.#do(tasks);
    this.#write(() => {
      if (this.disk !== disk || !disk.intents.has(request.no)) return;
      writeRow(
        disk,
        request.no,
        held.wins.map((win) => [win, request.cost] as const),
      );
      this.around.answered(this, request);
      this.news({ kind: 'rows_kept' });
    });
  }

  #do(tasks: readonly BookTask[]): void {
    for (const task of tasks) this.#one(task);
  }

  #one(task: BookTask): void {
    const { disk } = this;
    switch (task.kind) {
      case 'ask':
        this.#ask();
        return;
      case 'held': {
        const request = this.#waiting.get(task.id);
        this.#waiting.delete(task.id);
        if (request) this.#run(request, task.hold);
        return;
      }
      case 'refused': {
        const request = this.#waiting.get(task.id);
        this.#waiting.delete(task.id);
        if (request) this.around.refused(this, request, task.refusal.reason);
        return;
      }
      case 'acknowledge':
        if (disk.frozen && disk.frozen.from !== task.seq + 1) disk.frozen = null;
        disk.acked = task.seq;
        if (disk.rows.length > disk.acked) this.#later(0, () => this.news({ kind: 'rows_kept' }));
        return;
      case 'condemn':
        this.#condemn();
        return;
      default:
        this.#write(() => this.#keep(disk, task));
    }
  }

  /** One writer: what was asked for first is on disk first. */
  #write(act: () => void): void {
    const { nowMs } = this.around.time;
    const slowest = this.around.random.happens(0.05) ? 600 : 20;
    this.#writtenAtMs = Math.max(nowMs, this.#writtenAtMs) + this.around.random.between(0, slowest);
    this.#later(this.#writtenAtMs - nowMs, act);
  }

  /** The disk takes its time; a process that dies before takes the task with it. */
  #keep(disk: Disk, task: BookTask): void {
    if (this.disk !== disk) return;
    if (task.kind === 'keep_windows') {
      for (const opened of task.windows) {
        const rights = { granted: 0, returned: 0, spent: 0, receipt: null, epoch: task.epoch };
        disk.windows.set(opened.win, { ...opened, ...rights, ...this.#live(opened.win) });
      }
      this.news({ kind: 'windows_kept', wins: task.windows.map(({ win }) => win) });
    } else if (task.kind === 'keep_grants') {
      for (const grant of task.grants) {
        const stored = disk.windows.get(grant.win);
        if (stored) disk.windows.set(grant.win, { ...stored, ...grant, granted: Math.max(stored.granted, grant.granted) });
      }
    } else if (task.kind === 'keep_returns') {
      for (const { win, returned } of task.returns) {
        const stored = disk.windows.get(win);
        if (stored) disk.windows.set(win, { ...stored, returned: Math.max(stored.returned, returned) });
      }
      this.news({ kind: 'returns_kept', returns: task.returns });
    } else if (task.kind === 'forget_windows') {
      for (const win of task.wins) disk.windows.delete(win);
    }
  }

  /** Grants that came with the window are kept with it. */
  #live(win: number) {
    const window = this.book?.windows.get(win);
    return window ? { granted: window.slice.granted, receipt: window.receipt, epoch: window.epoch } : {};
  }

  #ask(): void {
    const { book, disk } = this;
    if (!book) return;
    const batch = nextBatch(disk);
    const spent = spentAt(disk, batch?.to ?? disk.acked);
    const question = ask(book, { seq: disk.rows.length, spent }, this.now);
    if (!question) return;
    let isOpen = true;
    this.#later(1500, () => {
      if (isOpen) this.news({ kind: 'unanswered', question, jitter: this.around.random.next() });
      isOpen = false;
    });
    if (this.#sessionNo === 0) return;
    const life = this.#life;
    this.around.settle({ node: this.id, sessionNo: this.#sessionNo, books: disk.books, batch, question }, (answer) => {
      if (this.#life !== life || !isOpen) return;
      isOpen = false;
      if (answer === 'stale') {
        this.news({ kind: 'unanswered', question, jitter: 0 });
        if (this.#sessionNo !== 0) this.#handshake();
        return;
      }
      this.mustHear = false;
      this.sameBoot = true;
      this.news({ kind: 'answered', question, answer });
      if (book.contact && this.disk === disk) disk.contactMs = book.contact.monoMs;
    });
  }

  #handshake(): void {
    const life = this.#life;
    let isOpen = true;
    this.#sessionNo = 0;
    this.around.openSession(this.disk, ({ sessionNo, fenced }) => {
      if (this.#life !== life || !isOpen) return;
      isOpen = false;
      this.#sessionNo = sessionNo;
      if (fenced) this.#condemn();
      else this.news({ kind: 'poke' });
    });
    this.#later(1000, () => {
      if (!isOpen) return;
      isOpen = false;
      this.#handshake();
    });
  }

  /** These books are over: new ones, in a new process. */
  #condemn(): void {
    this.around.condemned(this, this.disk);
    this.crash();
    this.disk = {
      books: this.around.newBooks(),
      rows: [],
      intents: new Map(),
      windows: new Map(),
      acked: 0,
      frozen: null,
      contactMs: null,
    };
    this.start();
  }

  #tick(): void {
    this.news({ kind: 'tick' });
    this.#later(100, () => this.#tick());
  }

  #later(delayMs: number, act: () => void): void {
    const life = this.#life;
    this.around.time.after(delayMs, () => {
      if (this.#life === life) act();
    });
  }
}
