import { Worker } from 'node:worker_threads';
import { LedgerFailed } from '../ledger-failed.ts';
import type { SettlingCommand, Standing } from '../settle/settling-command.ts';
import type { FromWriter, Note, ToWriter, WriterData } from './messages.ts';

export type Ready = Extract<FromWriter, { kind: 'ready' }>;
/** News from the writer that answers nothing. */
export type Telling =
  | Exclude<FromWriter, { kind: 'ready' | 'refused' | 'intended' | 'committed' | 'rolled-up' | 'swept' | 'settling' | 'closed' }>
  | { readonly kind: 'died'; readonly message: string };

type Tell = (message: Telling) => void;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

type Answer = 'rolled-up' | 'swept' | 'closed';

/** The waiters of one message, in the order of its records. */
interface InFlight<T> {
  readonly no: number;
  readonly waiters: readonly Waiter<T>[];
}

/**
 * The node's end of the line to the writer. Records of one turn of the event loop travel in one message, and one
 * answer settles all that a commit took.
 */
export class WriterLink {
  readonly #worker: Worker;
  readonly #onTelling: Tell;
  #head = { seq: 0, chain: '' };
  #nextNo = 1;
  #nextIntentNo = 1;
  #waitingCount = 0;
  #intents: string[] = [];
  #renewals: string[] = [];
  #intentWaiters: Waiter<void>[] = [];
  #finals: string[] = [];
  #finalWaiters: Waiter<number>[] = [];
  #notes: Note[] = [];
  #intentsInFlight: InFlight<void>[] = [];
  #finalsInFlight: InFlight<number>[] = [];
  readonly #bell: Int32Array;
  readonly #settling = new Map<number, Waiter<Standing | null>>();
  #answers: Record<Answer, Waiter<boolean>[]> = { 'rolled-up': [], swept: [], closed: [] };
  #flush: NodeJS.Immediate | undefined;
  #failure: LedgerFailed | undefined;

  private constructor(worker: Worker, bell: Int32Array, onTelling: Tell) {
    this.#worker = worker;
    this.#bell = bell;
    this.#onTelling = onTelling;
  }

  /** Starts the thread; rejects with LedgerFailed when the books cannot be opened. */
  static start(data: WriterData, onTelling: Tell): Promise<{ link: WriterLink; ready: Ready }> {
    const worker = new Worker(new URL('../writer-thread.ts', import.meta.url), { workerData: data, name: 'ledger-writer' });
    const link = new WriterLink(worker, data.bell, onTelling);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWriter) => {
        if (message.kind === 'ready') {
          link.#head = { seq: message.seq, chain: message.chain };
          resolve({ link, ready: message });
        } else if (message.kind === 'refused') {
          link.#failure = new LedgerFailed(message.code, message.message);
          reject(link.#failure);
        } else link.#receive(message);
      });
      worker.on('error', (error) => {
        reject(error);
        link.#died(error.message);
      });
      worker.on('exit', () => link.#died('the ledger writer ended'));
    });
  }

  get head(): { readonly seq: number; readonly chain: string } {
    return this.#head;
  }

  /** Records that are not yet on disk. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** The number that the next `intend` gets. */
  get nextIntentNo(): number {
    return this.#nextIntentNo;
  }

  intend(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      this.#nextIntentNo += 1;
      this.#intents.push(text);
      this.#intentWaiters.push({ resolve, reject });
      this.#flushSoon();
    });
  }

  /** An intent that was sent before, written anew. Nobody waits for it. */
  renew(text: string): void {
    if (this.#failure) return;
    this.#renewals.push(text);
    this.#flush ??= setImmediate(() => this.#post());
  }

  settle(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      this.#finals.push(text);
      this.#finalWaiters.push({ resolve, reject });
      this.#flushSoon();
    });
  }

  note(notes: readonly Note[]): void {
    if (this.#failure) return;
    this.#notes.push(...notes);
    this.#flush ??= setImmediate(() => this.#post());
  }

  rollUp(): Promise<boolean> {
    return this.#command({ kind: 'roll-up' }, 'rolled-up');
  }

  /** One chunk; true when there is more. */
  sweep(nowMs: number): Promise<boolean> {
    return this.#command({ kind: 'sweep', nowMs }, 'swept');
  }

  /** Resolves with where settlement stands after `look`, `freeze` and `move`. */
  settling(command: SettlingCommand): Promise<Standing | null> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#post();
    const no = this.#nextNo;
    this.#nextNo += 1;
    this.#send({ kind: 'settling', no, command });
    return new Promise((resolve, reject) => this.#settling.set(no, { resolve, reject }));
  }

  /** Rejects what could not be written within `boundMs`. */
  async close(boundMs: number): Promise<void> {
    if (!this.#failure) {
      const closed = this.#command({ kind: 'close' }, 'closed');
      const bound = AbortSignal.timeout(boundMs);
      await Promise.race([closed, new Promise((resolve) => bound.addEventListener('abort', resolve))]);
    }
    this.#failure ??= new LedgerFailed('closed', 'the ledger is closed');
    this.#rejectAll(this.#failure);
    await this.#worker.terminate();
  }

  #command(message: ToWriter, answer: Answer): Promise<boolean> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#post();
    this.#send(message);
    return new Promise((resolve, reject) => this.#answers[answer].push({ resolve, reject }));
  }

  #flushSoon(): void {
    this.#waitingCount += 1;
    this.#flush ??= setImmediate(() => this.#post());
  }

  #post(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#intents.length + this.#finals.length + this.#renewals.length > 0) this.#postRecords();
    if (this.#notes.length > 0) {
      this.#send({ kind: 'notes', notes: this.#notes });
      this.#notes = [];
    }
  }

  #postRecords(): void {
    const no = this.#nextNo;
    this.#nextNo += 1;
    const intentCount = this.#intents.length;
    this.#send({
      kind: 'records',
      no,
      intents: this.#intents.join('\n'),
      firstIntentNo: this.#nextIntentNo - intentCount,
      intentCount,
      finals: this.#finals,
      ...(this.#renewals.length > 0 && { renewals: this.#renewals }),
    });
    this.#renewals = [];
    this.#intentsInFlight.push({ no, waiters: this.#intentWaiters });
    this.#finalsInFlight.push({ no, waiters: this.#finalWaiters });
    this.#intents = [];
    this.#intentWaiters = [];
    this.#finals = [];
    this.#finalWaiters = [];
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #receive(message: Exclude<FromWriter, { kind: 'ready' | 'refused' }>): void {
    if (message.kind === 'intended') this.#intended(message);
    else if (message.kind === 'committed') this.#committed(message);
    else if (message.kind === 'settling') this.#settled(message);
    else if (message.kind === 'rolled-up' || message.kind === 'swept' || message.kind === 'closed') this.#answered(message);
    else {
      if (message.kind === 'failed') this.#fail(message.message);
      this.#onTelling(message);
    }
  }

  #answered(message: Extract<FromWriter, { kind: 'rolled-up' | 'swept' | 'closed' }>): void {
    const waiter = this.#answers[message.kind].shift();
    if (message.kind !== 'closed' && message.failure !== undefined) waiter?.reject(new LedgerFailed('disk', message.failure));
    else waiter?.resolve(message.kind === 'swept' && message.more);
  }

  #settled({ no, standing, failure }: Extract<FromWriter, { kind: 'settling' }>): void {
    const waiter = this.#settling.get(no);
    this.#settling.delete(no);
    if (!failure) waiter?.resolve(standing);
    else if (failure.name === 'range') waiter?.reject(new RangeError(failure.message));
    else waiter?.reject(new LedgerFailed(failure.name, failure.message));
  }

  #intended({ upTo }: Extract<FromWriter, { kind: 'intended' }>): void {
    for (const waiter of this.#done(this.#intentsInFlight, upTo)) waiter.resolve();
  }

  #committed({ upTo, firstSeq, chain }: Extract<FromWriter, { kind: 'committed' }>): void {
    const done = this.#done(this.#finalsInFlight, upTo);
    this.#head = { seq: firstSeq + done.length - 1, chain };
    for (const [at, waiter] of done.entries()) waiter.resolve(firstSeq + at);
  }

  /** Takes the waiters of all messages up to `upTo` out of `inFlight`. */
  #done<T>(inFlight: InFlight<T>[], upTo: number): Waiter<T>[] {
    const first = inFlight.findIndex(({ no }) => no > upTo);
    const waiters = inFlight.splice(0, first === -1 ? inFlight.length : first).flatMap((one) => one.waiters);
    this.#waitingCount -= waiters.length;
    return waiters;
  }

  #died(message: string): void {
    if (this.#failure) return;
    this.#fail(message);
    this.#onTelling({ kind: 'died', message });
  }

  #fail(message: string): void {
    this.#failure = new LedgerFailed('disk', message);
    this.#rejectAll(this.#failure);
  }

  #rejectAll(failure: LedgerFailed): void {
    const inFlight = [...this.#intentsInFlight.splice(0), ...this.#finalsInFlight.splice(0)];
    const unsent = [...this.#intentWaiters.splice(0), ...this.#finalWaiters.splice(0)];
    for (const waiter of [...inFlight.flatMap<{ reject(error: Error): void }>((one) => one.waiters), ...unsent])
      waiter.reject(failure);
    for (const waiter of this.#settling.values()) waiter.reject(failure);
    this.#settling.clear();
    for (const waiters of Object.values(this.#answers)) for (const waiter of waiters.splice(0)) waiter.reject(failure);
  }
}
