import { Worker } from 'node:worker_threads';
import type { StatsQuestion } from '@aicarpool/shared-protocol';
import type { LedgerLog } from '../ledger.ts';
import type { Answered, Asked } from '../reader-thread.ts';
import { type Answer, emptyAnswer } from './answer-question.ts';
import { monotonicMs } from './monotonic-ms.ts';

const mostAtATime = 2;
const mostWaiting = 32;
/** The rest is for the way back. */
const shareOfDeadline = 0.8;

interface Waiting extends Asked {
  answer(answer: Answer): void;
  readonly giveUp: NodeJS.Timeout;
}

/** The node's end of the line to the thread that answers questions. Two at a time; a thread that hangs is replaced. */
export class ReaderLink {
  readonly #dataDir: string;
  readonly #log: LedgerLog;
  #worker: Worker | undefined;
  #nextNo = 1;
  #queue: Waiting[] = [];
  #asked = new Map<number, Waiting>();
  #isClosed = false;

  constructor(dataDir: string, log: LedgerLog) {
    this.#dataDir = dataDir;
    this.#log = log;
    this.#worker = this.#start();
  }

  ask(question: StatsQuestion): Promise<Answer> {
    if (this.#isClosed) return Promise.resolve(emptyAnswer(question, 'the node is stopping'));
    if (this.#queue.length >= mostWaiting) return Promise.resolve(emptyAnswer(question, 'too many questions at a time'));
    const no = this.#nextNo;
    this.#nextNo += 1;
    const stopAtMs = monotonicMs() + question.deadline_ms * shareOfDeadline;
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => this.#late(no), question.deadline_ms);
      this.#queue.push({ no, question, stopAtMs, answer: resolve, giveUp });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#failAll('the node is stopping');
    await this.#worker?.terminate();
  }

  #next(): void {
    while (this.#asked.size < mostAtATime) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#asked.set(next.no, next);
      this.#worker ??= this.#start();
      const { no, question, stopAtMs } = next;
      this.#worker.postMessage({ no, question, stopAtMs } satisfies Asked);
    }
  }

  #finish(waiting: Waiting, answer: Answer): void {
    clearTimeout(waiting.giveUp);
    this.#asked.delete(waiting.no);
    this.#queue = this.#queue.filter(({ no }) => no !== waiting.no);
    waiting.answer(answer);
  }

  /** The thread had its time and more: it hangs. Whoever only waited in the queue is told so. */
  #late(no: number): void {
    const asked = this.#asked.get(no);
    const late = asked ?? this.#queue.find((waiting) => waiting.no === no);
    if (!late) return;
    this.#finish(late, emptyAnswer(late.question, 'the deadline came first'));
    if (!asked) return;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#log.warn({ question: late.question.question_id }, 'a question to the ledger hung; its thread is replaced');
    for (const waiting of [...this.#asked.values()])
      this.#finish(waiting, emptyAnswer(waiting.question, 'the reader was replaced'));
    void worker?.terminate();
    this.#next();
  }

  #failAll(message: string): void {
    for (const waiting of [...this.#asked.values(), ...this.#queue])
      this.#finish(waiting, emptyAnswer(waiting.question, message));
  }

  #start(): Worker {
    const worker = new Worker(new URL('../reader-thread.ts', import.meta.url), {
      workerData: this.#dataDir,
      name: 'ledger-reader',
    });
    worker.on('message', ({ no, answer }: Answered) => {
      const waiting = this.#asked.get(no);
      if (waiting) this.#finish(waiting, JSON.parse(answer));
      this.#next();
    });
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#log.error({ reason: error.message }, 'the ledger reader failed');
      this.#failAll('the ledger could not be read');
    });
    return worker;
  }
}
