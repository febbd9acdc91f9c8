import type { HealthRules } from '@aicarpool/shared-protocol';
import type { UpstreamEntry } from '../snapshot/snapshot.ts';
import { Recent } from './recent.ts';
import type { HeldRest } from './shared/held-state.ts';
import type { Verdict } from './verdict/judge.ts';

/** Why an account (or one family of models of it) is not asked for a while. */
export interface Rest {
  readonly kind: 'limited' | 'parked' | 'auth_failed';
  readonly untilMs: number;
  readonly reason: string;
  /** Somebody said when: before that, not even a free look is taken. */
  readonly isAnnounced: boolean;
  /** How often in a row it was set without anybody saying for how long. */
  readonly strikes: number;
  /** Its time is over, and one request finds out whether it was enough. */
  isTrying: boolean;
}

const familiesAtMost = 50;
const firstStrikeMs = 10_000;
const longestStrikeMs = 300_000;
const whole = '';
const none: readonly never[] = [];
/** How soon to ask again where one request is finding out. */
export const busyTrialMs = 1_000;

/** What this node knows of one account. Pure: the clock and chance are given. */
export class Account {
  readonly recent = new Recent();
  active = 0;
  lastUsedAtMs = 0;
  lastCheckedAtMs = 0;
  readonly #rests = new Map<string, Rest>();
  #proof: string | undefined;
  #elsewhereUntilMs = 0;

  /** When it may be asked for a model of this family; 0: now. One request at a time finds out after an unannounced rest. */
  restsUntil(family: string, upstream: UpstreamEntry, nowMs: number): number {
    if (this.#rests.size === 0) return 0;
    this.#forgetOldCredential(upstream);
    return Math.max(this.#restOf(whole, nowMs), family === whole ? 0 : this.#restOf(family, nowMs));
  }

  /** It rests for these models because a limit or a quota is used up. */
  isUsedUp(family: string, nowMs: number): boolean {
    return [whole, family].some((name) => {
      const rest = this.#rests.get(name);
      return rest !== undefined && rest.kind !== 'auth_failed' && (nowMs < rest.untilMs || rest.isTrying);
    });
  }

  #restOf(name: string, nowMs: number): number {
    const rest = this.#rests.get(name);
    if (!rest) return 0;
    if (nowMs < rest.untilMs) return rest.untilMs;
    if (rest.kind === 'limited') this.#rests.delete(name);
    return rest.isTrying || nowMs < this.#elsewhereUntilMs ? nowMs + busyTrialMs : 0;
  }

  /** A credential that was changed is another one: what the old one did is not held against it. */
  #forgetOldCredential(upstream: UpstreamEntry): void {
    if (this.#proof === undefined || this.#proof === proofOf(upstream)) return;
    for (const [name, { kind }] of this.#rests) if (kind !== 'limited') this.#rests.delete(name);
    this.#proof = undefined;
  }

  /** Rests of it whose time is over, and that one request tries. */
  trialsOf(family: string, nowMs: number): readonly string[] {
    if (this.#rests.size === 0) return none;
    return (family === whole ? [whole] : [whole, family]).filter((name) => {
      const rest = this.#rests.get(name);
      return rest !== undefined && rest.kind !== 'limited' && nowMs >= rest.untilMs;
    });
  }

  /** Another process of this node is trying what is on trial. */
  triedElsewhere(untilMs: number): void {
    this.#elsewhereUntilMs = untilMs;
  }

  held(): readonly HeldRest[] {
    return [...this.#rests].map(([name, { isTrying: _, ...rest }]) => ({ name, ...rest }));
  }

  hold(rests: readonly HeldRest[], upstream: UpstreamEntry): void {
    for (const { name, ...rest } of rests) this.#set(name, rest);
    if (rests.some(({ kind }) => kind !== 'limited')) this.#proof = proofOf(upstream);
  }

  /** A request goes there. The rests whose time is over and that it is to try; give them back to `leave`. */
  enter(family: string, nowMs: number): readonly Rest[] {
    this.active += 1;
    if (this.#rests.size === 0) return none;
    const trials: Rest[] = [];
    for (const name of family === whole ? [whole] : [whole, family]) {
      const rest = this.#rests.get(name);
      if (!rest || rest.isTrying || nowMs < rest.untilMs) continue;
      rest.isTrying = true;
      trials.push(rest);
    }
    return trials;
  }

  leave(trials: readonly Rest[]): void {
    this.active -= 1;
    for (const rest of trials) rest.isTrying = false;
  }

  /** It answered: whatever was held against it for this family is over. The reasons that are gone. */
  answered(family: string, nowMs: number): readonly string[] {
    if (this.#rests.size === 0) return none;
    return [whole, family].flatMap((name) => this.#lift(name, (rest) => nowMs >= rest.untilMs));
  }

  /** A free look succeeded: the credential is good again. Of quotas it says nothing. */
  looksWell(): string[] {
    return this.#lift(whole, ({ kind }) => kind === 'auth_failed');
  }

  #lift(name: string, fits: (rest: Rest) => boolean): string[] {
    const rest = this.#rests.get(name);
    if (!rest || !fits(rest)) return [];
    this.#rests.delete(name);
    return rest.kind === 'limited' ? [] : [rest.reason];
  }

  /** Sets the rest that a verdict asks for, if any; the end of it. */
  rest(
    verdict: Verdict,
    family: string,
    upstream: UpstreamEntry,
    rules: HealthRules,
    nowMs: number,
    random: () => number,
  ): number {
    if (verdict.kind === 'overloaded' && verdict.untilMs !== null) {
      return this.#set(family, {
        kind: 'limited',
        untilMs: verdict.untilMs,
        reason: verdict.reason,
        isAnnounced: true,
        strikes: 0,
      });
    }
    if (verdict.kind === 'limited') {
      return this.#set(family, {
        kind: 'limited',
        untilMs: verdict.untilMs,
        reason: verdict.reason,
        isAnnounced: true,
        strikes: 0,
      });
    }
    if (verdict.kind !== 'parked' && verdict.kind !== 'auth_failed') return 0;
    const name = verdict.scope === 'account' ? whole : family;
    const { kind, reason } = verdict;
    this.#proof = proofOf(upstream);
    if (kind === 'parked' && verdict.untilMs !== null) {
      return this.#set(name, { kind, untilMs: verdict.untilMs, reason, isAnnounced: true, strikes: 0 });
    }
    const strikes = (this.#rests.get(name)?.strikes ?? 0) + 1;
    const strikeMs = Math.min(longestStrikeMs, firstStrikeMs * 2 ** (strikes - 1));
    const waitMs = reason === 'http_429' ? strikeMs : rules.check_interval_s * 1_000;
    const untilMs = nowMs + Math.round(waitMs * (1 + 0.1 * random()));
    return this.#set(name, { kind, untilMs, reason, isAnnounced: false, strikes });
  }

  /** A longer rest is never made shorter by a request that left before it. */
  #set(name: string, rest: Omit<Rest, 'isTrying'>): number {
    const before = this.#rests.get(name);
    if (before && before.kind === rest.kind && before.isAnnounced && before.untilMs > rest.untilMs) return before.untilMs;
    if (!before && this.#rests.size >= familiesAtMost) this.#dropSoonest();
    this.#rests.set(name, { ...rest, isTrying: false });
    return rest.untilMs;
  }

  #dropSoonest(): void {
    const [soonest] = [...this.#rests].sort((a, b) => a[1].untilMs - b[1].untilMs);
    if (soonest) this.#rests.delete(soonest[0]);
  }

  /** The worst that is held against it now. `covers`: all of it, or some models only. */
  troubleAt(nowMs: number): { reason: string; untilMs: number; covers: 'account' | 'family'; onTrial: boolean } | undefined {
    const held = [...this.#rests].filter(([, { kind, untilMs }]) => kind !== 'limited' || untilMs > nowMs);
    held.sort(([a, x], [b, y]) => Number(b === whole) - Number(a === whole) || y.untilMs - x.untilMs);
    const [worst] = held;
    if (!worst) return undefined;
    const [name, { reason, untilMs }] = worst;
    return { reason, untilMs, covers: name === whole ? 'account' : 'family', onTrial: nowMs >= untilMs };
  }

  /** Its quota is used up: until it opens again nothing is asked, not even for free. */
  isQuotaParked(nowMs: number): boolean {
    const rest = this.#rests.get(whole);
    return rest?.kind === 'parked' && nowMs < rest.untilMs;
  }
}

function proofOf(upstream: UpstreamEntry): string {
  return `${upstream.baseUrl} ${upstream.secret() ?? ''}`;
}
