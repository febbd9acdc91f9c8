import type { StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import { z } from 'zod';
import type { Ledger } from '../ledger/ledger.ts';
import type { Session } from './session.ts';

const atOnce = 2;
const waiting = 8;
const postMs = 10_000;
/** The control plane takes 32 MiB. */
const longestChars = 30 * 1024 * 1024;

/** Answers questions about the books: two at once, a few in wait, each within its deadline, never on the hot path. */
export class StatsAnswerer {
  readonly #session: Session;
  readonly #ledger: Pick<Ledger, 'ask' | 'head'>;
  readonly #queue: { question: StatsQuestion; untilMs: number }[] = [];
  #running = 0;

  constructor(session: Session, ledger: Pick<Ledger, 'ask' | 'head'>) {
    this.#session = session;
    this.#ledger = ledger;
  }

  take(question: StatsQuestion): void {
    const untilMs = this.#session.clocks.monotonicMs() + question.deadline_ms;
    if (this.#queue.length >= waiting) void this.#send(this.#failed(question, 'this node has too many questions'));
    else this.#queue.push({ question, untilMs });
    this.#next();
  }

  #next(): void {
    if (this.#running >= atOnce) return;
    const next = this.#queue.shift();
    if (!next || this.#session.over.aborted) return;
    this.#running += 1;
    void this.#answer(next.question, next.untilMs).finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }

  async #answer(question: StatsQuestion, untilMs: number): Promise<void> {
    const leftMs = Math.floor(untilMs - this.#session.clocks.monotonicMs());
    if (leftMs <= 0) return this.#send(this.#failed(question, 'the deadline passed while other questions were answered'));
    const answer = await Promise.race([
      this.#ledger.ask({ ...question, deadline_ms: leftMs }).catch(() => this.#failed(question, 'the books could not be read')),
      late(leftMs).then(() => this.#failed(question, 'the books did not answer in time')),
    ]);
    await this.#send(answer);
  }

  #failed({ question_id }: StatsQuestion, message: string): Omit<StatsAnswer, 'session_no'> {
    const empty = { covered_from: null, approximate: false, rows: 0, last_seq: this.#ledger.head().seq, cells: [] };
    return { question_id, outcome: 'failed', message, ...empty };
  }

  async #send(whole: Omit<StatsAnswer, 'session_no'>): Promise<void> {
    const tooLong = whole.cells.length > 10_000 && JSON.stringify(whole).length > longestChars;
    const message = 'the answer is too long: ask for a shorter time or fewer dimensions';
    const answer = tooLong ? { ...whole, outcome: 'failed' as const, message, cells: [] } : whole;
    const { controlPlane, token, no, over: signal } = this.#session;
    const body: StatsAnswer = { ...answer, session_no: no };
    const result = await controlPlane.post({ name: 'answers', token, body, answer: z.unknown(), deadlineMs: postMs, signal });
    this.#session.note('answer', result.ok ? undefined : result.failure);
  }
}

function late(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
