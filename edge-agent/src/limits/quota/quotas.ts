/**
 * Quotas on this node: what an attempt at an upstream must find free before it starts, and what it used. Rights are held
 * in memory, in one synchronous step; only where they run short a request waits for the centre. What is decided here is
 * decided by the reducers of shared-protocol/escrow; `uplink/settle/settle-books.ts` does what they ask for.
 */
import {
  ask,
  available,
  type BookNews,
  type BookQuestion,
  type BookTask,
  type Contact,
  extend,
  type Hold,
  type HoldRefusal,
  hold,
  isStale,
  type LedgerState,
  type Moment,
  type NodeBook,
  nextTickAtMs,
  openBook,
  type SettleAnswer,
  settleHold,
  takeNews,
  type Want,
} from '@aicarpool/shared-protocol';
import type { StoredSlice } from '../../ledger/settling.ts';
import { type Clocks, findAgoMs, type WrittenMoment, written } from '../../snapshot/contact.ts';
import { CenterClock } from './center-clock.ts';
import { quotasFor } from './counting.ts';
import { Learned } from './estimate/learned.ts';
import { type AttemptAsk, type AttemptHold, AttemptQuota, noQuota } from './hold/attempt-quota.ts';

export { type AttemptAsk, type AttemptHold, noQuota } from './hold/attempt-quota.ts';

/** What outlives the process, so that a restart keeps its rights as long as they are good, and no longer. */
export interface KeptContact {
  /** When the question was sent that was answered last. */
  readonly sentAt: WrittenMoment;
  readonly holdS: number;
}

export interface QuotaMetrics {
  /** A request waited for the centre. */
  borrowed(outcome: 'held' | 'refused'): void;
  /** Used beyond what was held. */
  overran(unit: 'tokens' | 'nano_usd', amount: number): void;
}

export interface QuotasParts {
  readonly clocks: Clocks;
  readonly metrics?: QuotaMetrics;
  /** How long the rights of a node should last when the centre is away. Default: an hour. */
  readonly coverMs?: number | undefined;
  /** Books that serve for this node at once, one a worker: each asks for the cover of all. Default: 1. */
  readonly booksOfNode?: number;
  /** How long a request waits for rights. Default: 700 ms. */
  readonly waitMs?: number;
  readonly keptContact?: KeptContact | undefined;
}

const hourMs = 3_600_000;
const borrowMs = 700;
/** So much of a slice used since the centre was told: it is told before the second is over. */
const urgentPart = 0.05;
const silent: QuotaMetrics = { borrowed: () => undefined, overran: () => undefined };

export class Quotas {
  readonly learned = new Learned();
  readonly metrics: QuotaMetrics;
  /** Attempts that hold something. */
  holding = 0;
  /** Whoever speaks with the centre and the disk does them, in their order. */
  onTasks: (tasks: readonly BookTask[]) => void = () => undefined;
  /** Much was used since the centre was told. */
  onUrgent: () => void = () => undefined;
  readonly #parts: QuotasParts;
  readonly #clock: CenterClock;
  readonly #waiting = new Map<string, (outcome: Hold | HoldRefusal) => void>();
  #book: NodeBook;
  #lastId = 0;

  constructor(parts: QuotasParts) {
    this.#parts = parts;
    this.metrics = parts.metrics ?? silent;
    this.#clock = new CenterClock(parts.clocks);
    this.#book = this.#open([]);
  }

  /** What a crash left open is spent in them already. Once, before the first request. */
  load(slices: readonly StoredSlice[]): void {
    this.#book = this.#open(slices);
  }

  /** The quotas of one attempt. Nothing is made where none counts it. */
  attempt(asked: AttemptAsk): AttemptHold {
    const { group, key, service, operation } = asked;
    if (group.quotas.length === 0 || (operation !== 'generate' && operation !== 'embed')) return noQuota;
    const counted = quotasFor(group, key, service.id);
    return counted.length === 0 ? noQuota : new AttemptQuota(this, asked, counted);
  }

  /** Holds all of it or nothing, at once or after a wait. */
  hold(wants: readonly Want[]): Hold | HoldRefusal | Promise<Hold | HoldRefusal> {
    this.#lastId += 1;
    const id = String(this.#lastId);
    const tasks: BookTask[] = [];
    const outcome = hold(this.#book, { id, wants, waitMs: this.#parts.waitMs ?? borrowMs }, this.#clock.now(), tasks);
    if (outcome.kind === 'waiting') {
      const waited = new Promise<Hold | HoldRefusal>((resolve) => this.#waiting.set(id, resolve));
      this.#do(tasks);
      return waited.then((late) => this.#borrowed(late));
    }
    this.#do(tasks);
    return outcome.kind === 'held' ? outcome.hold : outcome.refusal;
  }

  /** More of the same windows, at once or not at all. The hold that is given takes the place of the former. */
  extend(held: Hold, more: readonly number[]): Hold | undefined {
    return extend(this.#book, held, more);
  }

  settle(held: Hold, actual: readonly number[]): void {
    const tasks: BookTask[] = [];
    settleHold(this.#book, held, actual, this.#clock.now(), tasks);
    this.#do(tasks);
    if (held.wins.some((win) => this.#isUrgent(win))) this.onUrgent();
  }

  /** Held by requests under way here, in the window in force. */
  heldOf({ quota, subject }: Pick<Want, 'quota' | 'subject'>): number {
    const { wallMs } = this.#clock.now();
    const windows = this.#book.accounts.get(quota)?.get(subject)?.windows ?? [];
    return windows.find(({ startsAtMs, endsAtMs }) => wallMs >= startsAtMs && wallMs < endsAtMs)?.slice.held ?? 0;
  }

  /** By the clock of windows. */
  nowMs(): number {
    return this.#clock.now().wallMs;
  }

  /** Something besides requests happened. */
  news(news: BookNews): void {
    this.#do(takeNews(this.#book, news, this.#clock.now()));
  }

  /** Gives everything back that nobody holds: asked twice, it keeps nothing. */
  giveBackAll(): void {
    const wins = [...this.#book.windows.keys()];
    this.news({ kind: 'recall', wins });
    this.news({ kind: 'recall', wins });
  }

  /** Gives back what is held of quotas that the config no longer has; while nobody answers it stays, for nobody could be told. */
  giveBackUnknown(isKnown: (quota: string) => boolean): void {
    if (this.#book.isAway || this.#book.epoch === '') return;
    const wins: number[] = [];
    for (const { win, account, slice } of this.#book.windows.values()) {
      if (available(slice) > 0 && !isKnown(account.quota)) wins.push(win);
    }
    if (wins.length > 0) this.news({ kind: 'recall', wins });
  }

  /** Rows were written that no quota counts. */
  hasRows(): void {
    this.#book.hasRows = true;
  }

  ask(ledger: LedgerState): BookQuestion | undefined {
    return ask(this.#book, ledger, this.#clock.now());
  }

  answered(question: BookQuestion, answer: SettleAnswer): KeptContact {
    const sentAt = this.#clock.set(question.sentAt, answer.center_time);
    this.news({ kind: 'answered', question: { ...question, sentAt }, answer });
    const moment = { wallMs: this.#clock.localMs(sentAt), monotonicMs: sentAt.monoMs };
    return { sentAt: written(moment, this.#parts.clocks), holdS: answer.hold_s };
  }

  /** Until the next `tick` is due. */
  get tickInMs(): number {
    const now = this.#clock.now();
    return Math.max(0, nextTickAtMs(this.#book, now) - now.monoMs);
  }

  state(): QuotasState {
    const { windows, waiters, contact, isAway, epoch, reportMs } = this.#book;
    const now = this.#clock.now();
    const agoMs = contact ? Math.max(now.monoMs - contact.monoMs, now.wallMs - contact.wallMs) : Number.POSITIVE_INFINITY;
    const isOld = windows.size > 0 && isStale(this.#book, now);
    return { slices: windows.size, waiting: waiters.length, answeredAgoMs: agoMs, isStale: isOld, isAway, epoch, reportMs };
  }

  #open(slices: readonly StoredSlice[]): NodeBook {
    const { clocks, keptContact, coverMs, booksOfNode = 1 } = this.#parts;
    const now = this.#clock.now();
    const sameBoot = keptContact !== undefined && clocks.boot !== undefined && keptContact.sentAt.bootId === clocks.boot.id;
    const contact = keptContact ? contactOf(keptContact, clocks, now) : null;
    return openBook({ slices, contact, sameBoot, now, coverMs: coverMs ?? hourMs, booksOfNode });
  }

  #borrowed(outcome: Hold | HoldRefusal): Hold | HoldRefusal {
    this.metrics.borrowed('wins' in outcome ? 'held' : 'refused');
    return outcome;
  }

  #isUrgent(win: number): boolean {
    const window = this.#book.windows.get(win);
    if (!window) return false;
    const { granted, returned, spent } = window.slice;
    const since = spent - Math.max(0, window.told.spent);
    return since >= (granted - returned) * urgentPart && available(window.slice) >= 0;
  }

  #do(tasks: readonly BookTask[]): void {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      if (task.kind === 'held') this.#resolve(task.id, task.hold);
      else if (task.kind === 'refused') this.#resolve(task.id, task.refusal);
    }
    this.onTasks(tasks);
  }

  #resolve(id: string, outcome: Hold | HoldRefusal): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(outcome);
  }
}

export interface QuotasState {
  readonly slices: number;
  /** Requests that wait for rights. */
  readonly waiting: number;
  /** Since the centre last answered; Infinity: never. */
  readonly answeredAgoMs: number;
  /** There are rights, and they are too old to be used. */
  readonly isStale: boolean;
  readonly isAway: boolean;
  readonly epoch: string;
  readonly reportMs: number;
}

/** Null: how old it is cannot be told. */
function contactOf({ sentAt, holdS }: KeptContact, clocks: Clocks, now: Moment): Contact | null {
  const agoMs = findAgoMs(sentAt, clocks);
  return agoMs === undefined ? null : { wallMs: now.wallMs - agoMs, monoMs: now.monoMs - agoMs, holdMs: holdS * 1000 };
}
