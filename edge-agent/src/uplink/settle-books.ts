import type { RangeProof, SettleAnswer, ShareLease, ShareWish } from '@aicarpool/shared-protocol';
import type { Ledger } from '../ledger/ledger.ts';
import type { StoredSlice } from '../ledger/settling.ts';
import type { Logger } from '../observe/log.ts';
import type { KeptContact, Quotas } from '../quota/quotas.ts';
import { type Clocks, type Moment, momentOf } from '../snapshot/contact.ts';
import { Backoff } from './backoff.ts';
import type { CallResult } from './call-control-plane.ts';
import { Pause } from './pause.ts';
import { questionOf, type SettleQuestion } from './settle-question.ts';

/** Carries one question to the centre. Never rejects; `deadlineMs` bounds it. */
export type PostSettle = (question: SettleQuestion, deadlineMs: number) => Promise<CallResult<SettleAnswer>>;

export interface SettleParts {
  readonly ledger: Pick<Ledger, 'head' | 'settling'>;
  readonly quotas: Quotas;
  readonly post: PostSettle;
  readonly clocks: Clocks;
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Is this quota in the config in use? */
  readonly knowsQuota: (id: string) => boolean;
  /** Leases on shared limits; undefined: this process asks for none. */
  readonly shares?: { wishes(nowMs: number): readonly ShareWish[]; take(leases: readonly ShareLease[], sentMs: number): void };
  /** Survives the process; a loss of it only makes rights end sooner. */
  readonly keepContact?: (contact: KeptContact) => void;
  /** The centre settled other rows than this file has: it is set aside at the next start, so leave. Called once. */
  readonly onCondemned: (reason: string) => void;
}

const deadlineMs = 10_000;
const lastDeadlineMs = 2_000;
/** At least so often, though nothing changed. */
const heartbeatMs = 60_000;
const askAgainMs = 100;
/** Between two questions of which nobody waits for the answer. */
const urgentGapMs = 100;
/** An unanswered centre is asked again for a request that needs it, but not more often. */
const hopeMs = 1_000;
const lookMs = 250;
const roundsAtLast = 200;
const fullBatchRows = 500;

/**
 * Carries the rows and rights of one ledger file to the centre and back: at once when a request waits for rights, every
 * `report_s` while something changed, else every minute. Invariant: what is told was durable before, and what was
 * granted is durable before it is used.
 */
export class SettleBooks {
  readonly #parts: SettleParts;
  readonly #stopped = new AbortController();
  readonly #pause = new Pause();
  readonly #backoff: Backoff;
  #epoch = '';
  #reportMs = 1_000;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #wholeAtMs = Number.NEGATIVE_INFINITY;
  #reportedSeq = -1;
  #asksAgain = false;
  #isUrgent = true;
  #isRecalled = false;
  /** More rows wait than one batch takes. */
  #drains = false;
  #restsUntilMs = 0;
  #proof: RangeProof | null = null;
  #running: Promise<void> | undefined;
  #failure: string | null = null;
  #isCondemned = false;

  constructor(parts: SettleParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
    parts.quotas.load(parts.ledger.settling.openedWith.slices);
    parts.quotas.wake = () => this.wake();
    parts.quotas.onUrgent(() => this.#soon());
  }

  start(): void {
    this.#running ??= this.#run().catch((error) => this.#parts.log.error({ err: error }, 'settlement of the books ended'));
  }

  /** A request waits. */
  wake(): void {
    const nowMs = this.#parts.clocks.monotonicMs();
    if (nowMs < this.#restsUntilMs && nowMs - this.#askedAtMs < hopeMs) return;
    this.#restsUntilMs = 0;
    this.#isUrgent = true;
    this.#pause.wake();
  }

  /** There is somebody to ask again. */
  reachable(): void {
    this.#restsUntilMs = 0;
    this.#isUrgent = true;
    this.#pause.wake();
  }

  /** The centre wants rights back. */
  recall(wins: readonly number[]): void {
    const { quotas } = this.#parts;
    quotas.book.recall(wins, quotas.rights.nowMs());
    this.#isRecalled = true;
    this.wake();
  }

  /** For `status` and metrics. */
  state(): SettleState {
    const { ledger, quotas } = this.#parts;
    const unsettled = ledger.head().seq - ledger.settling.standing().acked.seq;
    return {
      unsettledRows: Math.max(0, unsettled),
      answeredAgoMs: quotas.rights.ageMs(),
      slices: quotas.book.size,
      failure: this.#failure,
    };
  }

  /**
   * Ends the loop. `returns`: gives everything back that nobody holds and settles the last rows, where the centre
   * answers; where it does not, the rights stay with the file for the next start. Bounded.
   */
  async stop(returns: boolean): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    if (!returns || this.#isCondemned) return;
    try {
      await this.#leave();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the last rows could not be settled; they will be at the next start');
    }
  }

  async #leave(): Promise<void> {
    for (let round = 0; round < roundsAtLast; round += 1) {
      const isAnswered = await this.#round(lastDeadlineMs);
      if (!isAnswered || this.#isCondemned) return;
      const { head, settling } = this.#parts.ledger;
      if (head().seq === settling.standing().acked.seq) break;
    }
    await this.#round(lastDeadlineMs, true);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && !this.#isCondemned) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        await this.#pause.sleep(Math.min(waitMs, lookMs), signal);
        continue;
      }
      if (signal.aborted) return;
      try {
        await this.#round(deadlineMs);
      } catch (error) {
        this.#rest(null);
        this.#parts.log.error({ err: error }, 'the books could not be settled; trying again');
      }
    }
  }

  /** Until the next question is due; 0: now. */
  #waitMs(): number {
    const { clocks, ledger, quotas } = this.#parts;
    const nowMs = clocks.monotonicMs();
    if (nowMs < this.#restsUntilMs) return this.#restsUntilMs - nowMs;
    const agoMs = nowMs - this.#askedAtMs;
    if (this.#asksAgain) return askAgainMs - agoMs;
    if (quotas.line.size > 0 || this.#isRecalled || this.#drains) return 0;
    if (this.#isUrgent) return urgentGapMs - agoMs;
    const isChanged = ledger.head().seq > this.#reportedSeq || this.#proof !== null || this.#hasNews();
    return (isChanged ? this.#reportMs : heartbeatMs) - agoMs;
  }

  #hasNews(): boolean {
    const { quotas, shares, clocks } = this.#parts;
    for (const { isDirty } of quotas.book.windows) if (isDirty) return true;
    return quotas.book.wishes(quotas.rights.nowMs()).length > 0 || (shares?.wishes(clocks.nowMs()).length ?? 0) > 0;
  }

  /** One question and its answer. False: there was none. */
  async #round(withinMs: number, last = false): Promise<boolean> {
    const { ledger, quotas, clocks, post, shares } = this.#parts;
    const { settling } = ledger;
    const returned = this.#giveBack(last);
    if (returned.length > 0) await settling.keepReturns(returned);
    const frozen = await settling.nextBatch();
    const { base, acked } = settling.standing();
    const spent = frozen?.spent ?? (await settling.spentAt(acked.seq));
    const head = ledger.head();
    const nowMs = clocks.monotonicMs();
    const isWhole = last || nowMs - this.#wholeAtMs >= heartbeatMs || this.#isForeign();
    this.#clearWants();
    quotas.book.await(claimsOf(quotas), quotas.rights.nowMs());
    const round = quotas.line.asking();
    const batch = frozen?.batch ?? null;
    const wishes = shares?.wishes(clocks.nowMs()) ?? [];
    const parts = {
      head,
      base,
      quotas,
      centerEpoch: this.#epoch,
      batch,
      spent,
      shares: wishes,
      proof: this.#proof,
      isWhole,
      last,
    };
    const question = questionOf(parts);
    const sent = momentOf(clocks);
    this.#askedAtMs = nowMs;
    const result = await post(question, withinMs);
    if (!result.ok) {
      this.#unanswered(result.failure.code, result.failure.message, result.failure.retryAfterMs, round);
      return false;
    }
    if (isWhole) this.#wholeAtMs = nowMs;
    await this.#take(question, result.data, sent, round);
    return true;
  }

  /** Only while somebody is there to hear it: what is given back and not told would be lost to all. */
  #giveBack(last: boolean) {
    const { quotas, knowsQuota } = this.#parts;
    if (quotas.isAway || this.#epoch === '') return [];
    quotas.book.know(knowsQuota);
    return last ? quotas.book.giveBackAll() : quotas.book.giveBack(quotas.rights.nowMs());
  }

  #clearWants(): void {
    this.#asksAgain = false;
    this.#isUrgent = false;
    this.#isRecalled = false;
    this.#drains = false;
  }

  #isForeign(): boolean {
    for (const { epoch } of this.#parts.quotas.book.windows) if (epoch !== this.#epoch) return true;
    return false;
  }

  async #take(question: SettleQuestion, answer: SettleAnswer, sent: Moment, round: number): Promise<void> {
    const { ledger, quotas, shares, keepContact, log } = this.#parts;
    const { settling } = ledger;
    if (answer.status === 'fork') return this.#condemn('the control plane has settled other rows under the name of these books');
    if (this.#epoch !== '' && answer.epoch !== this.#epoch) log.warn({ epoch: answer.epoch }, 'the control plane was restored');
    const isNewEpoch = answer.epoch !== this.#epoch;
    this.#epoch = answer.epoch;
    if (answer.acked > ledger.head().seq) return this.#condemn('the control plane has settled more rows than these books have');
    await settling.acknowledge(answer.acked);
    await this.#keep(answer);
    quotas.book.take(answer, quotas.rights.nowMs());
    const contact = quotas.rights.answered(sent, answer.hold_s, answer.center_time);
    keepContact?.(contact);
    shares?.take(answer.shares, sent.wallMs);
    this.#answered(question, answer);
    await this.#audit(answer);
    this.#asksAgain = quotas.line.heard(round, answer);
    if (isNewEpoch && this.#isForeign()) this.#isUrgent = true;
    await this.#forget();
  }

  #answered(question: SettleQuestion, answer: SettleAnswer): void {
    const { quotas, log } = this.#parts;
    if (this.#failure !== null) log.info({}, 'the books settle again');
    this.#failure = null;
    quotas.isAway = false;
    this.#backoff.reset();
    this.#restsUntilMs = 0;
    this.#reportMs = answer.report_s * 1000;
    this.#reportedSeq = Math.min(question.seq, answer.acked);
    if (question.proof) this.#proof = null;
    for (const report of question.slices) quotas.book.byWin(report.win)?.reported(report);
    const { batch } = question;
    this.#drains = answer.status === 'gap' || (batch !== null && batch.to - batch.from + 1 >= fullBatchRows);
  }

  #unanswered(code: string, message: string, retryAfterMs: number | null, round: number): void {
    const { quotas, log } = this.#parts;
    if (this.#failure === null) log.warn({ code }, `the books cannot be settled now: ${message}`);
    this.#failure = message;
    quotas.isAway = true;
    quotas.line.heard(round, undefined);
    this.#rest(retryAfterMs);
  }

  #rest(retryAfterMs: number | null): void {
    this.#restsUntilMs = this.#parts.clocks.monotonicMs() + Math.max(askAgainMs, this.#backoff.nextMs(retryAfterMs));
  }

  /** Durable before it is used. */
  async #keep(answer: SettleAnswer): Promise<void> {
    const { ledger, quotas, log } = this.#parts;
    const opened = quotas.book.opened(answer);
    const kept: StoredSlice[] = [];
    for (const window of opened) {
      try {
        await ledger.settling.keepWindows([window]);
        kept.push(window);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        log.error({ win: window.win, quota: window.quota }, 'the control plane gave a number twice; the window is not used');
      }
    }
    quotas.book.load(kept, quotas.rights.nowMs());
    const grants = answer.grants.filter(({ win, granted, receipt }) => isNews(quotas, win, granted, receipt));
    if (grants.length > 0) await ledger.settling.keepGrants(grants.map((grant) => ({ ...grant, epoch: answer.epoch })));
  }

  async #audit({ audit }: SettleAnswer): Promise<void> {
    if (audit) this.#proof = await this.#parts.ledger.settling.prove(audit.from, audit.to);
  }

  /** Windows that are over and wholly settled. */
  async #forget(): Promise<void> {
    const { quotas, ledger } = this.#parts;
    const nowMs = quotas.rights.nowMs();
    const done = [...quotas.book.windows].filter((window) => quotas.book.isDone(window, nowMs));
    if (done.length === 0) return;
    await ledger.settling.forgetWindows(done.map(({ facts }) => facts.win));
    for (const window of done) quotas.book.forget(window);
  }

  async #condemn(reason: string): Promise<void> {
    const { ledger, quotas, log, onCondemned } = this.#parts;
    this.#isCondemned = true;
    quotas.isAway = true;
    log.error({}, `${reason}: this file is set aside, and new books begin`);
    await ledger.settling.condemn(reason);
    onCondemned(reason);
  }

  /** Something should be told before the second is over. */
  #soon(): void {
    if (this.#isUrgent) return;
    this.#isUrgent = true;
    this.#pause.wake();
  }
}

export interface SettleState {
  readonly unsettledRows: number;
  /** Since the centre last answered; Infinity: never. */
  readonly answeredAgoMs: number;
  readonly slices: number;
  readonly failure: string | null;
}

function claimsOf(quotas: Quotas) {
  return [...quotas.line.claimants].flatMap(({ claims }) => claims);
}

function isNews({ book }: Quotas, win: number, granted: number, receipt: string): boolean {
  const window = book.byWin(win);
  return window !== undefined && (granted > window.slice.granted || receipt !== window.receipt);
}
