import type { BookQuestion, BookTask, RangeProof, SettleAnswer, ShareLease, ShareWish } from '@aicarpool/shared-protocol';
import type { Ledger } from '../../ledger/ledger.ts';
import type { StoredSlice } from '../../ledger/settling.ts';
import type { Quotas, QuotasState } from '../../limits/quota/quotas.ts';
import type { SharedBy } from '../../limits/shares.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clocks } from '../../snapshot/contact.ts';
import { Backoff } from '../backoff.ts';
import type { CallResult } from '../call-control-plane.ts';
import { Pause } from '../pause.ts';
import type { KeepContact } from './settle-contact.ts';
import type { SettleQuestion } from './settle-question.ts';

/** Carries one question to the centre. Never rejects; `deadlineMs` bounds it. */
export type PostSettle = (question: SettleQuestion, deadlineMs: number) => Promise<CallResult<SettleAnswer>>;

export interface SettleParts {
  readonly ledger: Pick<Ledger, 'head' | 'settling'>;
  readonly quotas: Quotas;
  readonly post: PostSettle;
  readonly clocks: Clocks;
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Is this quota in the config in use? Rights of another one go back. */
  readonly knowsQuota: (id: string) => boolean;
  /** Leases on shared limits; undefined: this process asks for none. */
  readonly shares?: SharedLimits;
  /** Survives the process; a loss of it only makes rights end sooner. */
  readonly keepContact?: KeepContact;
  /** The centre settled other rows than this file has: it is set aside at the next start, so leave. Called once. */
  readonly onCondemned: (reason: string) => void;
}

export interface SharedLimits {
  /** Set here: something should be asked at once. */
  onNew: () => void;
  /** Leases that are wanted now; [] when none has to be asked for. */
  wishes(nowMs: number): readonly ShareWish[];
  take(leases: readonly ShareLease[], sentAtMs: number, sharedBy: SharedBy): void;
}

export interface SettleState extends Pick<QuotasState, 'slices' | 'waiting' | 'answeredAgoMs' | 'isStale'> {
  readonly unsettledRows: number;
  /** Attempts that hold rights. */
  readonly holding: number;
  readonly failure: string | null;
}

const deadlineMs = 10_000;
const lastDeadlineMs = 2_000;
/** At least so often, though nothing changed: rights are good for a time after the centre was heard. */
const heartbeatMs = 60_000;
const urgentGapMs = 100;
const sweepMs = 10_000;
const shortestSleepMs = 5;
const shortestRestMs = 1_000;
const longestRestMs = 10_000;
/** Rows that are left then settle after the next start. The process is ended while it still asks otherwise. */
const roundsAtLastMs = 4_000;

/**
 * Carries the rows and rights of one ledger file to the centre and back, and keeps on disk what the reducers of
 * `shared-protocol/escrow` want kept: at once when a request waits, every `report_s` while something changed, else every
 * minute. Invariant: what is told was durable before.
 */
export class SettleBooks {
  readonly #parts: SettleParts;
  readonly #stopped = new AbortController();
  readonly #pause = new Pause();
  readonly #backoff: Backoff;
  /** What went wrong here, in the ledger most likely: its disk may be full. It is not asked again before `#restUntilMs`. */
  #troubles = 0;
  #isTroubled = false;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  /** Tasks are done one after the other; a question goes out beside them. */
  #turn: Promise<void> = Promise.resolve();
  #asking: Promise<boolean> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #toldSeq = -1;
  #isUrgent = true;
  #sweptAtMs: number;
  #proof: RangeProof | null = null;
  #failure: string | null = null;
  #isCondemned = false;
  #isLooking = false;
  #running: Promise<void> | undefined;

  constructor(parts: SettleParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
    const { quotas, ledger } = parts;
    this.#sweptAtMs = parts.clocks.monotonicMs();
    quotas.load(ledger.settling.openedWith.slices);
    quotas.onTasks = (tasks) => this.#take(tasks);
    const urgently = () => {
      this.#isUrgent = true;
      this.#pause.wake();
    };
    quotas.onUrgent = urgently;
    if (parts.shares) parts.shares.onNew = urgently;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is somebody to ask again. */
  reachable(): void {
    void this.#ask();
  }

  /** The centre wants rights back. */
  recall(wins: readonly number[]): void {
    this.#parts.quotas.news({ kind: 'recall', wins });
  }

  state(): SettleState {
    const { ledger, quotas } = this.#parts;
    const { slices, waiting, answeredAgoMs, isStale } = quotas.state();
    const { holding } = quotas;
    const unsettledRows = Math.max(0, ledger.head().seq - ledger.settling.standing().acked.seq);
    return { unsettledRows, answeredAgoMs, isStale, slices, waiting, holding, failure: this.#failure };
  }

  /**
   * Ends the loop. `returns`: gives everything back that nobody holds and settles the last rows, where the centre
   * answers; where it does not, the rights stay with the file for the next start. Bounded.
   */
  async stop(returns: boolean): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    // Who does not answer now is not asked again.
    const isIdle = await Promise.race([Promise.resolve(this.#asking).then(() => true), afterMs(lastDeadlineMs, false)]);
    if (returns && isIdle && !this.#isCondemned) await this.#leave();
    await this.#turn;
  }

  async #leave(): Promise<void> {
    const { ledger, quotas, clocks } = this.#parts;
    const untilMs = clocks.monotonicMs() + roundsAtLastMs;
    do {
      if (!(await this.#ask(lastDeadlineMs)) || this.#isCondemned) return;
      await this.#turn;
    } while (ledger.head().seq !== ledger.settling.standing().acked.seq && clocks.monotonicMs() < untilMs);
    quotas.giveBackAll();
    await this.#turn;
    await this.#ask(lastDeadlineMs, true);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && !this.#isCondemned) {
      this.#isLooking = true;
      this.#look();
      this.#isLooking = false;
      await this.#pause.sleep(Math.max(shortestSleepMs, this.#sleepMs()), signal);
    }
  }

  #look(): void {
    const { ledger, quotas, clocks, knowsQuota } = this.#parts;
    if (clocks.monotonicMs() - this.#sweptAtMs > sweepMs) {
      this.#sweptAtMs = clocks.monotonicMs();
      quotas.giveBackUnknown(knowsQuota);
    }
    if (ledger.head().seq > this.#toldSeq) quotas.hasRows();
    quotas.news({ kind: 'tick' });
    if (!this.#asking && this.#isDue(clocks.monotonicMs() - this.#askedAtMs)) void this.#ask();
  }

  #isDue(agoMs: number): boolean {
    if (this.#parts.quotas.state().isAway) return false;
    if (this.#isUrgent) return agoMs >= urgentGapMs;
    return agoMs >= heartbeatMs || (agoMs >= this.#reportMs && this.#hasErrand());
  }

  #hasErrand(): boolean {
    const { shares, clocks } = this.#parts;
    return this.#proof !== null || (shares?.wishes(clocks.monotonicMs()).length ?? 0) > 0;
  }

  get #reportMs(): number {
    return this.#parts.quotas.state().reportMs;
  }

  #sleepMs(): number {
    const { quotas, clocks } = this.#parts;
    const agoMs = clocks.monotonicMs() - this.#askedAtMs;
    const nextMs = Math.min(quotas.tickInMs, this.#reportMs, this.#isUrgent ? urgentGapMs - agoMs : Number.POSITIVE_INFINITY);
    return this.#isResting ? Math.max(urgentGapMs, nextMs) : nextMs;
  }

  get #isResting(): boolean {
    return this.#parts.clocks.monotonicMs() < this.#restUntilMs;
  }

  #take(tasks: readonly BookTask[]): void {
    for (const task of tasks) {
      if (task.kind === 'held' || task.kind === 'refused') continue;
      if (task.kind === 'ask') this.#turn = this.#turn.then(() => void this.#ask());
      else this.#turn = this.#turn.then(() => this.#do(task)).catch((error) => this.#complain(error, task.kind));
    }
    // What the loop itself brought about does not wake it: it would never sleep.
    if (!this.#isLooking) this.#pause.wake();
  }

  async #do(task: Exclude<BookTask, { kind: 'held' | 'refused' | 'ask' }>): Promise<void> {
    const { ledger, quotas, onCondemned, log } = this.#parts;
    const { settling } = ledger;
    switch (task.kind) {
      case 'keep_windows':
        await settling.keepWindows(task.windows.map(({ next: _, ...facts }) => newSlice(facts, task.epoch)));
        return quotas.news({ kind: 'windows_kept', wins: task.windows.map(({ win }) => win) });
      case 'keep_grants':
        return settling.keepGrants(task.grants);
      case 'keep_returns':
        await settling.keepReturns(task.returns);
        return quotas.news({ kind: 'returns_kept', returns: task.returns });
      case 'forget_windows':
        return settling.forgetWindows(task.wins);
      case 'acknowledge':
        return settling.acknowledge(task.seq);
      case 'condemn':
        this.#isCondemned = true;
        log.error({ reason: task.reason }, 'these books are not what the control plane settled: they are set aside');
        await settling.condemn(task.reason);
        onCondemned(task.reason);
    }
  }

  /** One question and its answer, unless one is under way. False: there was no answer, or the ledger is given a rest. */
  #ask(withinMs = deadlineMs, last = false): Promise<boolean> {
    if (!this.#asking && this.#isResting) return Promise.resolve(false);
    this.#asking ??= this.#askOnce(withinMs, last)
      .catch((error) => {
        this.#complain(error, 'ask');
        return false;
      })
      .finally(() => {
        this.#asking = undefined;
        this.#pause.wake();
      });
    return this.#asking;
  }

  async #askOnce(withinMs: number, last: boolean): Promise<boolean> {
    const { ledger, quotas, post, clocks, shares, random } = this.#parts;
    this.#askedAtMs = clocks.monotonicMs();
    const troubles = this.#troubles;
    const frozen = await ledger.settling.nextBatch();
    const { base, acked } = ledger.settling.standing();
    const spent = frozen?.spent ?? (await ledger.settling.spentAt(acked.seq));
    const head = ledger.head();
    const asked = quotas.ask({ seq: head.seq, spent });
    if (!asked) return false;
    this.#isUrgent = false;
    const sentAtMs = clocks.monotonicMs();
    const result = await post(
      {
        books: head.incarnation,
        epoch: asked.epoch,
        seq: head.seq,
        chain: head.chain,
        base,
        batch: frozen?.batch ?? null,
        slices: [...asked.slices],
        open: last ? [] : [...asked.open],
        shares: last ? [] : [...(shares?.wishes(sentAtMs) ?? [])],
        proof: this.#proof,
        last,
      },
      withinMs,
    );
    if (!result.ok) {
      this.#lost(result.failure.message);
      quotas.news({ kind: 'unanswered', question: asked, jitter: random() });
      return false;
    }
    await this.#heard(asked, result.data, sentAtMs);
    if (this.#troubles === troubles) this.#recovered();
    return true;
  }

  async #heard(asked: BookQuestion, answer: SettleAnswer, sentAtMs: number): Promise<void> {
    const { ledger, quotas, keepContact, shares, log } = this.#parts;
    if (this.#failure !== null) log.info({}, 'the books settle again');
    this.#failure = null;
    this.#toldSeq = Math.min(asked.seq, answer.acked);
    this.#isUrgent ||= answer.status === 'gap';
    this.#proof = null;
    const contact = quotas.answered(asked, answer);
    keepContact?.(contact, shares && answer.shared_by);
    shares?.take(answer.shares, sentAtMs, answer.shared_by ?? []);
    if (answer.audit) this.#proof = await ledger.settling.prove(answer.audit.from, answer.audit.to);
    await this.#turn;
  }

  #lost(message: string): void {
    if (this.#failure === null) this.#parts.log.warn({ reason: message }, 'the books cannot be settled now');
    this.#failure = message;
  }

  /** One line for each spell, and a pause that grows from 1 s. */
  #complain(error: unknown, doing: string): void {
    const { log, clocks } = this.#parts;
    if (!this.#isTroubled) log.error({ err: error, doing }, 'the books could not be settled; trying again');
    this.#isTroubled = true;
    this.#troubles += 1;
    if (!this.#isResting)
      this.#restUntilMs = clocks.monotonicMs() + Math.min(longestRestMs, this.#backoff.nextMs(shortestRestMs));
  }

  #recovered(): void {
    if (this.#isTroubled) this.#parts.log.info({}, 'the books can be settled again');
    this.#isTroubled = false;
    this.#backoff.reset();
  }
}

function afterMs<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value).unref());
}

function newSlice(facts: Omit<StoredSlice, 'granted' | 'returned' | 'spent' | 'receipt' | 'epoch'>, epoch: string): StoredSlice {
  return { ...facts, granted: 0, returned: 0, spent: 0, receipt: null, epoch };
}
