/**
 * Quotas on this node: what an attempt at an upstream must find free before it starts, and what it used. Rights are held
 * in memory, in one synchronous step; only where they run short a request waits for the centre. Nothing here does I/O:
 * `uplink/settle-books.ts` carries rights and rows to and fro, the ledger keeps them.
 */
import type { Refusal, SettleAnswer } from '@aicarpool/shared-protocol';
import type { StoredSlice } from '../ledger/settling.ts';
import type { Clocks } from '../snapshot/contact.ts';
import type { HeldWindow } from './book/held-window.ts';
import { type KeptContact, RightsClock } from './book/rights-clock.ts';
import { WindowBook } from './book/window-book.ts';
import { quotasFor } from './counting.ts';
import { Learned } from './estimate/learned.ts';
import { type AttemptAsk, type AttemptHold, AttemptQuota, noQuota } from './hold/attempt-quota.ts';
import type { Claim, Claimant } from './hold/claim.ts';
import { WaitingLine } from './hold/waiting-line.ts';
import { type DryCode, reachOf, wordRefusal } from './hold/word-refusal.ts';

export type { KeptContact } from './book/rights-clock.ts';
export { type AttemptAsk, type AttemptHold, noQuota } from './hold/attempt-quota.ts';

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
  /** How long a request waits for rights. Default: 700 ms. */
  readonly waitMs?: number;
  /** One run of the operating system. */
  readonly osBootId?: string;
  readonly keptContact?: KeptContact | undefined;
}

const hourMs = 3_600_000;
const borrowMs = 700;
/** What was refused need not be asked for again at once. */
const exceededMs = 5_000;
const inFlightMs = 500;
const silent: QuotaMetrics = { borrowed: () => undefined, overran: () => undefined };

export class Quotas {
  readonly book: WindowBook;
  readonly rights: RightsClock;
  readonly line: WaitingLine;
  readonly learned = new Learned();
  readonly metrics: QuotaMetrics;
  readonly coverMs: number;
  /** Set by whoever speaks with the centre: something is wanted of it at once. */
  wake: () => void = () => undefined;
  /** The last question was not answered, or there is nobody to ask. */
  isAway = false;
  /** Attempts that hold something. */
  holding = 0;
  #urgent: () => void = () => undefined;

  constructor({ clocks, metrics, coverMs, waitMs, osBootId, keptContact }: QuotasParts) {
    this.coverMs = coverMs ?? hourMs;
    this.book = new WindowBook(this.coverMs);
    this.rights = new RightsClock(clocks, osBootId ?? '', keptContact);
    this.metrics = metrics ?? silent;
    this.line = new WaitingLine({
      tryHold: (claimant) => this.tryHold(claimant),
      mightFit: (claimant) => this.#mightFit(claimant),
      judge: (claimant, answer) => this.#judge(claimant, answer),
      wake: () => this.wake(),
      waitMs: waitMs ?? borrowMs,
    });
  }

  /** What a crash left open is booked in them already. */
  load(stored: Iterable<StoredSlice>): void {
    this.book.load(stored, this.rights.nowMs());
  }

  /** The quotas of one attempt. Nothing is made where none counts it. */
  attempt(ask: AttemptAsk): AttemptHold {
    const { group, key, service, operation } = ask;
    if (group.quotas.length === 0 || (operation !== 'generate' && operation !== 'embed')) return noQuota;
    const counted = quotasFor(group, key, service.id);
    return counted.length === 0 ? noQuota : new AttemptQuota(this, ask, counted);
  }

  /** Holds all claims at once, or none. */
  tryHold({ claims }: Claimant): boolean {
    const nowMs = this.rights.nowMs();
    for (const claim of claims) {
      const window = this.book.find(claim.rule, claim.subject, nowMs);
      if (!window || claim.amount > window.available || this.rights.isStale(claim.rule.strict)) return false;
    }
    this.#hold(claims, nowMs);
    return true;
  }

  /** Holds, or waits for rights. Undefined: it is held. */
  hold(claimant: Claimant): Refusal | undefined | Promise<Refusal | undefined> {
    if (this.tryHold(claimant)) return undefined;
    const known = this.#knownRefusal(claimant);
    if (known) return known;
    if (this.isAway) {
      // Somebody may be there again: the question is asked, but nobody waits for it.
      this.wake();
      const outcome = this.#judge(claimant, undefined);
      return outcome === 'held' ? undefined : outcome;
    }
    return this.#wait(claimant);
  }

  /** What was held is used up to `actual`, or free again. */
  settled(window: HeldWindow, held: number, actual: number): void {
    window.settle(held, actual, this.rights.nowMs());
    if (actual > held) this.metrics.overran(window.facts.unit, actual - held);
    if (window.isUrgent(this.coverMs, this.rights.nowMs())) this.#urgent();
    if (this.line.size > 0 && held > actual) this.line.retry();
  }

  released(window: HeldWindow, held: number): void {
    window.release(held);
    if (this.line.size > 0) this.line.retry();
  }

  onUrgent(tell: () => void): void {
    this.#urgent = tell;
  }

  async #wait(claimant: Claimant): Promise<Refusal | undefined> {
    const outcome = await this.line.wait(claimant);
    this.metrics.borrowed(outcome === 'held' ? 'held' : 'refused');
    return outcome === 'held' ? undefined : outcome;
  }

  #hold(claims: readonly Claim[], nowMs: number): void {
    for (const claim of claims) {
      claim.window = this.book.find(claim.rule, claim.subject, nowMs);
      claim.window?.hold(claim.amount, nowMs);
    }
  }

  /** Of a moment ago: nothing has changed since. */
  #knownRefusal({ claims, timeZone }: Claimant): Refusal | undefined {
    const nowMs = this.rights.nowMs();
    for (const claim of claims) {
      const window = this.book.find(claim.rule, claim.subject, nowMs);
      const dry = window?.dry;
      if (!window || !dry || dry.untilMs <= nowMs || claim.amount < dry.amount || claim.amount <= window.available) continue;
      return this.#word(dry.code, claim, window, timeZone);
    }
    return undefined;
  }

  #mightFit({ claims }: Claimant): boolean {
    const nowMs = this.rights.nowMs();
    return claims.every(({ rule, subject, amount }) => amount <= reachOf(this.book.find(rule, subject, nowMs)));
  }

  #judge(claimant: Claimant, answer: SettleAnswer | undefined): Refusal | 'held' {
    const { claims, timeZone } = claimant;
    const nowMs = this.rights.nowMs();
    const verdicts = claims.flatMap((claim) => {
      const window = this.book.find(claim.rule, claim.subject, nowMs);
      const code = this.#shortOf(claim, window, answer);
      return code ? [{ code, claim, window }] : [];
    });
    if (verdicts.length === 0) return this.#holdAnyway(claims, nowMs);
    if (verdicts.every(({ code, claim, window }) => code === 'quota_unreachable' && this.#mayOverdraw(claim, window)))
      return this.#holdAnyway(claims, nowMs);
    const worst = verdicts.reduce((one, other) => (ranks[other.code] < ranks[one.code] ? other : one));
    const { code, claim, window } = worst;
    if (window && code !== 'quota_unreachable') {
      const ms = code === 'quota_in_flight' ? inFlightMs : exceededMs;
      window.dry = { code, amount: claim.amount, untilMs: nowMs + ms };
    }
    return this.#word(code, claim, window, timeZone);
  }

  /** Undefined: there is enough of it. */
  #shortOf(claim: Claim, window: HeldWindow | undefined, answer: SettleAnswer | undefined): DryCode | undefined {
    const { rule, amount } = claim;
    const isStale = this.rights.isStale(rule.strict);
    if (window && !isStale && amount <= window.available) return undefined;
    if (amount > (window?.limit ?? rule.limit)) return (window?.limit ?? rule.limit) === 0 ? 'quota_exceeded' : 'quota_too_small';
    if (!answer || !window || isStale || answer.learning) return 'quota_unreachable';
    if (answer.recalling) return 'quota_in_flight';
    const reach = reachOf(window);
    if (amount <= reach + window.slice.held - claim.own) return 'quota_in_flight';
    return reach > 0 ? 'quota_too_small' : 'quota_exceeded';
  }

  #mayOverdraw({ rule, amount }: Claim, window: HeldWindow | undefined): boolean {
    if (!window || rule.overdraft === 0) return false;
    const isStale = this.rights.isStale(rule.strict);
    const short = isStale ? amount + window.overdrawn : amount - window.available;
    return short <= rule.overdraft;
  }

  #holdAnyway(claims: readonly Claim[], nowMs: number): 'held' {
    for (const { rule, subject, amount } of claims) {
      const window = this.book.find(rule, subject, nowMs);
      if (window && this.rights.isStale(rule.strict)) window.overdrawn += amount;
    }
    this.#hold(claims, nowMs);
    return 'held';
  }

  #word(code: DryCode, claim: Claim, window: HeldWindow | undefined, timeZone: string): Refusal {
    const retry = retries[code];
    const nowMs = this.rights.nowMs();
    return wordRefusal({ code, claim, window, timeZone, nowMs, ...(retry === undefined ? {} : { retryAfterSeconds: retry }) });
  }
}

/** What lasts longest is told. */
const ranks: Readonly<Record<DryCode, number>> = {
  quota_exceeded: 0,
  quota_too_small: 1,
  quota_unreachable: 2,
  quota_in_flight: 3,
};
const retries: Readonly<Partial<Record<DryCode, number>>> = { quota_in_flight: 2, quota_unreachable: 5 };
