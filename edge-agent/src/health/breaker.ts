import type { HealthRules } from '@aicarpool/shared-protocol';
import type { HeldBreaker } from './shared/held-state.ts';

const windowMs = 30_000;
const slots = 6;
const slotMs = windowMs / slots;
const judgedFrom = 20;
const ejectionMs = 30_000;
const longestEjectionMs = 300_000;
const jitterShare = 0.1;
/** Well for so long: the next ejection is a first one again. */
const forgivenMs = 600_000;

/**
 * Whether something that fails is left alone for a while: out after a row of failures or at a high rate of them, then on
 * trial with one request at a time, back after a row of successes. Pure: the clock and chance are given.
 */
export class Breaker {
  #state: 'closed' | 'out' | 'trial' = 'closed';
  #untilMs = 0;
  #times = 0;
  #closedAtMs = 0;
  #failuresInRow = 0;
  #trying = false;
  #elsewhereUntilMs = 0;
  #trialRow = 0;
  #trialWell = 0;
  #trialBad = 0;
  readonly #well = new Uint32Array(slots);
  readonly #bad = new Uint32Array(slots);
  #slot = 0;

  /** `out` until its time is over, then `trial` until it is back. */
  stateAt(nowMs: number): 'closed' | 'out' | 'trial' {
    if (this.#state === 'out' && nowMs >= this.#untilMs) {
      this.#state = 'trial';
      this.#trying = false;
      this.#trialRow = 0;
      this.#trialWell = 0;
      this.#trialBad = 0;
    }
    return this.#state;
  }

  get untilMs(): number {
    return this.#untilMs;
  }

  /** On trial, and the one request that may be tried is under way. */
  isTryingAt(nowMs: number): boolean {
    return this.#trying || nowMs < this.#elsewhereUntilMs;
  }

  /** Another process of this node is trying it. */
  triedElsewhere(untilMs: number): void {
    this.#elsewhereUntilMs = untilMs;
  }

  held(): HeldBreaker {
    return {
      state: this.#state,
      untilMs: this.#untilMs,
      times: this.#times,
      closedAtMs: this.#closedAtMs,
      failuresInRow: this.#failuresInRow,
    };
  }

  hold({ state, untilMs, times, closedAtMs, failuresInRow }: HeldBreaker): void {
    this.#state = state;
    this.#untilMs = untilMs;
    this.#times = times;
    this.#closedAtMs = closedAtMs;
    this.#failuresInRow = failuresInRow;
  }

  get hasMarks(): boolean {
    return this.#state !== 'closed' || this.#failuresInRow > 0;
  }

  /** A request goes there now. False: on trial, and another one is there. */
  enter(nowMs: number): boolean {
    if (this.stateAt(nowMs) !== 'trial') return true;
    if (this.#trying) return false;
    this.#trying = true;
    return true;
  }

  /** The request that was on trial has its answer, whatever it was. */
  leave(): void {
    this.#trying = false;
  }

  /** True when this brings it back. */
  succeeded(rules: HealthRules, nowMs: number): boolean {
    this.#count(this.#well, nowMs);
    if (this.stateAt(nowMs) !== 'trial') return false;
    this.#trialRow += 1;
    this.#trialWell += 1;
    if (this.#trialRow < rules.consecutive_successes) return false;
    if (rules.success_rate !== null && this.#trialWell / (this.#trialWell + this.#trialBad) < rules.success_rate) return false;
    this.#state = 'closed';
    this.#closedAtMs = nowMs;
    this.#clear();
    return true;
  }

  /** An answer ended as it should: a row of failures is broken. */
  endedWell(): void {
    this.#failuresInRow = 0;
  }

  /** True when this puts it out. */
  failed(rules: HealthRules, nowMs: number, random: () => number): boolean {
    const state = this.stateAt(nowMs);
    this.#count(this.#bad, nowMs);
    this.#failuresInRow += 1;
    if (state === 'out') return false;
    if (state === 'closed' && this.#failuresInRow < rules.consecutive_failures && !this.#tooMany(rules)) return false;
    if (state === 'trial' && this.#mayFailOnTrial(rules)) return false;
    if (state === 'closed' && nowMs - this.#closedAtMs > forgivenMs) this.#times = 0;
    this.#times += 1;
    const lengthMs = Math.min(longestEjectionMs, ejectionMs * this.#times);
    this.#untilMs = nowMs + Math.min(longestEjectionMs, Math.round(lengthMs * (1 + jitterShare * random())));
    this.#state = 'out';
    return true;
  }

  /** Where a rate of successes is asked for, some failures are part of the trial. */
  #mayFailOnTrial(rules: HealthRules): boolean {
    this.#trialRow = 0;
    this.#trialBad += 1;
    return rules.success_rate !== null && this.#trialBad < rules.consecutive_failures;
  }

  #tooMany({ error_rate }: HealthRules): boolean {
    let well = 0;
    let bad = 0;
    for (let at = 0; at < slots; at += 1) {
      well += this.#well[at] ?? 0;
      bad += this.#bad[at] ?? 0;
    }
    return well + bad >= judgedFrom && bad / (well + bad) >= error_rate;
  }

  #count(into: Uint32Array, nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    for (let past = Math.max(this.#slot + 1, slot - slots + 1); past <= slot; past += 1) {
      this.#well[past % slots] = 0;
      this.#bad[past % slots] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
    into[this.#slot % slots] = (into[this.#slot % slots] ?? 0) + 1;
  }

  #clear(): void {
    this.#failuresInRow = 0;
    this.#well.fill(0);
    this.#bad.fill(0);
  }
}
