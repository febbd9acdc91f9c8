import {
  type Hold,
  type HoldRefusal,
  type QuotaResource,
  type Refusal,
  type TokenUsage,
  totalTokens,
  type Want,
} from '@aicarpool/shared-protocol';
import type { Operation, RequestExposure } from '../../../dialects/index.ts';
import type { Charge } from '../../../ledger/ledger.ts';
import type { GroupEntry, KeyEntry, ServiceEntry } from '../../../snapshot/snapshot.ts';
import type { Counted } from '../counting.ts';
import { amountOf, type Estimate, outputAmount } from '../estimate/estimate.ts';
import { estimateHard } from '../estimate/hard.ts';
import { chunkTokens, estimateSoft, estimateStream } from '../estimate/soft.ts';
import type { Quotas } from '../quotas.ts';
import { codeOf, wordRefusal } from './word-refusal.ts';

/** One attempt, as far as quotas care. */
export interface AttemptAsk {
  readonly group: GroupEntry;
  readonly key: KeyEntry;
  readonly service: ServiceEntry;
  /** By the name by which the account is asked. */
  readonly model: string;
  readonly operation: Operation;
  readonly stream: boolean;
  readonly bodyBytes: number;
  readonly maxOutputTokens: number | null;
  readonly exposure: () => RequestExposure;
}

/** What a row says of an attempt that ended. */
export interface Used {
  readonly usage: TokenUsage;
  readonly costNanoUsd: number;
  readonly estimated: boolean;
}

/**
 * What one attempt holds of its quotas, from before its intent until its row is in the books. Invariant: what was taken
 * is settled or released exactly once, whatever becomes of the attempt.
 */
export interface AttemptHold {
  /** Holds, or says why not; undefined: it is held. Call once, before the intent. */
  take(): Refusal | undefined | Promise<Refusal | undefined>;
  /** What is held by now, for the intent; undefined: no quota counts it. */
  readonly holds: readonly Charge[] | undefined;
  /** For the row: what it used, of each window that was held. */
  charges(used: Used): readonly Charge[] | undefined;
  /** The row is in the books. */
  settled(used: Used): void;
  /** Nothing was sent, and nothing is in the books. */
  release(): void;
  /** More of a stream is held piece by piece. */
  readonly isPiecewise: boolean;
  /** Output so far. Undefined: what comes may pass; else why nothing more is left, now or when it is known. */
  pass(outputTokens: number): undefined | Refusal | Promise<Refusal | undefined>;
}

/** Nothing counts it: nothing is held, and nothing is made. */
export const noQuota: AttemptHold = {
  take: () => undefined,
  holds: undefined,
  charges: () => undefined,
  settled: () => undefined,
  release: () => undefined,
  isPiecewise: false,
  pass: () => undefined,
};

/** What one request wants of one quota. */
export interface Claim extends Counted {
  readonly amount: number;
  readonly estimate: Estimate;
}

export class AttemptQuota implements AttemptHold {
  readonly #quotas: Quotas;
  readonly #ask: AttemptAsk;
  readonly #counted: readonly Counted[];
  #claims: readonly Claim[] = [];
  /** One window for each claim. */
  #hold: Hold | undefined;
  /** Pieces of a stream for which the centre was asked. */
  #more: Hold[] = [];
  /** Claims of which more is held piece by piece, each with the output that it holds for. */
  #piecewise = new Map<Claim, number>();

  constructor(quotas: Quotas, asked: AttemptAsk, counted: readonly Counted[]) {
    this.#quotas = quotas;
    this.#ask = asked;
    this.#counted = counted;
  }

  take(): Refusal | undefined | Promise<Refusal | undefined> {
    const claims = this.#estimateAll();
    if (!claims) return unbounded;
    const outcome = this.#quotas.hold(claims.map(wantOf));
    return outcome instanceof Promise ? outcome.then((late) => this.#took(claims, late)) : this.#took(claims, outcome);
  }

  get holds(): readonly Charge[] | undefined {
    return this.#hold?.wins.map((win, at) => ({ win, amount: this.#heldOf(at) }));
  }

  charges(used: Used): readonly Charge[] | undefined {
    return this.#hold?.wins.map((win, at) => ({ win, amount: actualOf(this.#claims[at], used) }));
  }

  settled(used: Used): void {
    const held = this.#hold;
    if (!held?.isOpen) return;
    const actual = this.#claims.map((claim) => actualOf(claim, used));
    this.#claims.forEach((claim, at) => {
      const over = (actual[at] ?? 0) - this.#heldOf(at);
      if (over > 0) this.#quotas.metrics.overran(claim.rule.unit, over);
    });
    this.#letGo(held, actual);
    const { key, model, bodyBytes } = this.#ask;
    const { output } = used.usage;
    if (!used.estimated && output > 0)
      this.#quotas.learned.learn(key.id, model, bodyBytes, totalTokens(used.usage) - output, output);
  }

  release(): void {
    const held = this.#hold;
    if (!held?.isOpen) return;
    this.#letGo(
      held,
      held.wins.map(() => 0),
    );
  }

  get isPiecewise(): boolean {
    return this.#piecewise.size > 0;
  }

  pass(outputTokens: number): undefined | Refusal | Promise<Refusal | undefined> {
    const pieces = new Map<Claim, Claim>();
    for (const [claim, heldTokens] of this.#piecewise) {
      if (outputTokens <= heldTokens) continue;
      const tokens = Math.ceil((outputTokens - heldTokens) / chunkTokens) * chunkTokens;
      this.#piecewise.set(claim, heldTokens + tokens);
      pieces.set(claim, pieceOf(claim, tokens));
    }
    return this.#extend(pieces);
  }

  /** Where one quota lets its streams overrun, the others still hold. `pieces`: by the claim that they are of. */
  #extend(pieces: Map<Claim, Claim>): undefined | Refusal | Promise<Refusal | undefined> {
    if (pieces.size === 0 || !this.#hold) return undefined;
    const more = this.#claims.map((claim) => pieces.get(claim)?.amount ?? 0);
    const extended = this.#quotas.extend(this.#hold, more);
    if (extended) {
      this.#hold = extended;
      return undefined;
    }
    const outcome = this.#quotas.hold([...pieces.values()].map(wantOf));
    return outcome instanceof Promise ? outcome.then((late) => this.#extended(pieces, late)) : this.#extended(pieces, outcome);
  }

  #extended(pieces: Map<Claim, Claim>, outcome: Hold | HoldRefusal) {
    if ('wins' in outcome) {
      if (this.#hold?.isOpen) this.#more.push(outcome);
      else this.#quotas.settle(outcome, noneOf(outcome));
      return undefined;
    }
    const dry = [...pieces.keys()].find(({ rule }) => rule.id === outcome.quota);
    if (!dry || dry.rule.mode === 'hard' || dry.rule.when_dry === 'cut')
      return this.#word([...pieces.values()], outcome, dry && this.#heldOf(this.#claims.indexOf(dry)));
    this.#piecewise.delete(dry);
    pieces.delete(dry);
    return this.#extend(pieces);
  }

  #took(claims: readonly Claim[], outcome: Hold | HoldRefusal): Refusal | undefined {
    if (!('wins' in outcome)) return this.#word(claims, outcome);
    this.#quotas.holding += 1;
    this.#claims = claims;
    this.#hold = outcome;
    const { operation, stream } = this.#ask;
    if (stream && operation === 'generate')
      this.#piecewise = new Map(claims.filter((claim) => this.#isPiecewise(claim)).map((claim) => [claim, heldOutputOf(claim)]));
    return undefined;
  }

  /** A hard quota lets nothing pass that it does not hold, where the request itself names no end. */
  #isPiecewise({ rule }: Claim): boolean {
    return rule.mode === 'stream' || (rule.mode === 'hard' && this.#ask.maxOutputTokens === null);
  }

  #letGo(held: Hold, actual: readonly number[]): void {
    this.#quotas.holding -= 1;
    this.#quotas.settle(held, actual);
    for (const piece of this.#more) this.#quotas.settle(piece, noneOf(piece));
  }

  /** Of the claim at this place, with all its pieces. */
  #heldOf(at: number): number {
    const win = this.#hold?.wins[at];
    const own = this.#hold?.amounts[at] ?? 0;
    return this.#more.reduce((sum, piece) => sum + (piece.amounts[piece.wins.indexOf(win ?? 0)] ?? 0), own);
  }

  #word(claims: readonly Claim[], refusal: HoldRefusal, own = 0): Refusal {
    const claim = claims.find(({ rule, subject }) => rule.id === refusal.quota && subject === refusal.subject);
    if (!claim) return unbounded;
    const others = Math.max(0, this.#quotas.heldOf(refusal) - own);
    const code = codeOf(refusal, claim.amount, others);
    const { timeZone } = this.#ask.group;
    return wordRefusal({ code, claim, refusal, timeZone, nowMs: this.#quotas.nowMs() });
  }

  /** Undefined: nobody can say how long the answer may become. */
  #estimateAll(): Claim[] | undefined {
    const estimates: Partial<Record<QuotaResource['mode'], Estimate>> = {};
    const claims: Claim[] = [];
    for (const { rule, subject } of this.#counted) {
      const estimate = rule.mode === 'hard' ? this.#estimateHard(rule) : (estimates[rule.mode] ?? this.#estimate(rule.mode));
      if (!estimate) return undefined;
      if (rule.mode !== 'hard') estimates[rule.mode] = estimate;
      claims.push({ rule, subject, estimate, amount: amountOf(rule.unit, estimate) });
    }
    return claims;
  }

  #estimate(mode: QuotaResource['mode']): Estimate {
    const { service, model, key, bodyBytes, maxOutputTokens, operation, stream } = this.#ask;
    const question = { service, model, keyId: key.id, bodyBytes, maxOutputTokens, generates: operation === 'generate' };
    // An answer that comes in one piece cannot be held piece by piece.
    const isPiecewise = mode === 'stream' && stream;
    return isPiecewise ? estimateStream(this.#quotas.learned, question) : estimateSoft(this.#quotas.learned, question);
  }

  #estimateHard({ max_output_tokens: assumed }: QuotaResource): Estimate | undefined {
    const { service, model, bodyBytes, exposure, operation } = this.#ask;
    const generates = operation === 'generate';
    const maxOutputTokens = this.#ask.maxOutputTokens ?? assumed;
    if (generates && maxOutputTokens === null) return undefined;
    return estimateHard({ service, model, bodyBytes, exposure: exposure(), maxOutputTokens: maxOutputTokens ?? 0, generates });
  }
}

const unbounded: Refusal = {
  code: 'quota_too_small',
  message: 'a budget that counts this request must know how long its answer may become; send it with a limit of output tokens',
};

function wantOf({ rule, subject, amount }: Claim): Want {
  const { id, limit, strict, overdraft } = rule;
  return { quota: id, subject, amount, limit, strict, overdraft };
}

function heldOutputOf({ rule, estimate }: Claim): number {
  return rule.mode === 'stream' ? chunkTokens : estimate.outputTokens;
}

function pieceOf(claim: Claim, tokens: number): Claim {
  const estimate = { ...claim.estimate, inputTokens: 0, extraNanoUsd: 0, outputTokens: tokens };
  return { ...claim, estimate, amount: outputAmount(claim.rule.unit, estimate, tokens) };
}

function noneOf({ wins }: Hold): readonly number[] {
  return wins.map(() => 0);
}

function actualOf(claim: Claim | undefined, { usage, costNanoUsd }: Used): number {
  return claim?.rule.unit === 'tokens' ? totalTokens(usage) : costNanoUsd;
}
