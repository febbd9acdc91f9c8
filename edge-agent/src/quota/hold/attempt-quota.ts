import type { QuotaResource, Refusal, TokenUsage } from '@aicarpool/shared-protocol';
import { totalTokens } from '@aicarpool/shared-protocol';
import type { Operation, RequestExposure } from '../../dialects/index.ts';
import type { Charge } from '../../ledger/ledger.ts';
import type { GroupEntry, KeyEntry, ServiceEntry } from '../../snapshot/snapshot.ts';
import type { Counted } from '../counting.ts';
import { amountOf, type Estimate, outputAmount } from '../estimate/estimate.ts';
import { estimateHard } from '../estimate/hard.ts';
import { chunkTokens, estimateSoft, estimateStream } from '../estimate/soft.ts';
import type { Quotas } from '../quotas.ts';
import type { Claim, Claimant } from './claim.ts';

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
  /** For the intent; undefined: no quota counts it. */
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

export class AttemptQuota implements AttemptHold {
  readonly #quotas: Quotas;
  readonly #ask: AttemptAsk;
  readonly #counted: readonly Counted[];
  #held: Claim[] = [];
  /** Further pieces of a stream. */
  #pieces: Claim[] = [];
  #piecewise: Claim[] = [];
  #heldOutput = chunkTokens;
  #isOpen = false;

  constructor(quotas: Quotas, ask: AttemptAsk, counted: readonly Counted[]) {
    this.#quotas = quotas;
    this.#ask = ask;
    this.#counted = counted;
  }

  take(): Refusal | undefined | Promise<Refusal | undefined> {
    const claims = this.#claims();
    if (!claims) return unbounded;
    const refusal = this.#quotas.hold(this.#claimant(claims));
    if (refusal instanceof Promise) return refusal.then((late) => this.#took(claims, late));
    return this.#took(claims, refusal);
  }

  get holds(): readonly Charge[] | undefined {
    return this.#held.length === 0 ? undefined : this.#held.map((claim) => chargeOf(claim, claim.amount));
  }

  charges(used: Used): readonly Charge[] | undefined {
    return this.#held.length === 0 ? undefined : this.#held.map((claim) => chargeOf(claim, actualOf(claim.rule, used)));
  }

  settled(used: Used): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#quotas.holding -= 1;
    for (const claim of this.#held) {
      if (claim.window) this.#quotas.settled(claim.window, this.#heldOf(claim), actualOf(claim.rule, used));
    }
    const { key, model, bodyBytes } = this.#ask;
    const { output } = used.usage;
    if (!used.estimated && output > 0)
      this.#quotas.learned.learn(key.id, model, bodyBytes, totalTokens(used.usage) - output, output);
  }

  release(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#quotas.holding -= 1;
    for (const { window, amount } of [...this.#held, ...this.#pieces]) if (window) this.#quotas.released(window, amount);
  }

  get isPiecewise(): boolean {
    return this.#piecewise.length > 0;
  }

  pass(outputTokens: number): undefined | Refusal | Promise<Refusal | undefined> {
    if (outputTokens <= this.#heldOutput || this.#piecewise.length === 0) return undefined;
    const chunks = Math.ceil((outputTokens - this.#heldOutput) / chunkTokens);
    this.#heldOutput += chunks * chunkTokens;
    return this.#extend(chunks * chunkTokens);
  }

  /** Where one quota lets its streams overrun, the others still hold. */
  #extend(tokens: number): undefined | Refusal | Promise<Refusal | undefined> {
    const pieces = this.#piecewise.map((claim) => pieceOf(claim, tokens, this.#heldOf(claim)));
    if (pieces.length === 0) return undefined;
    const refusal = this.#quotas.hold(this.#claimant(pieces));
    if (refusal instanceof Promise) return refusal.then((late) => this.#extended(pieces, late, tokens));
    return this.#extended(pieces, refusal, tokens);
  }

  #extended(pieces: readonly Claim[], refusal: Refusal | undefined, tokens: number) {
    if (!refusal) {
      if (this.#isOpen) this.#pieces.push(...pieces);
      else for (const { window, amount } of pieces) if (window) this.#quotas.released(window, amount);
      return undefined;
    }
    const dry = this.#piecewise.find(({ rule }) => rule.id === refusal.quota?.id);
    if (!dry || dry.rule.when_dry === 'cut') return refusal;
    this.#piecewise = this.#piecewise.filter((claim) => claim !== dry);
    return this.#extend(tokens);
  }

  #took(claims: Claim[], refusal: Refusal | undefined): Refusal | undefined {
    if (refusal) return refusal;
    this.#isOpen = true;
    this.#quotas.holding += 1;
    this.#held = claims.filter(({ window }) => window !== undefined);
    const { operation, stream } = this.#ask;
    if (stream && operation === 'generate') this.#piecewise = this.#held.filter(({ rule }) => rule.mode === 'stream');
    return undefined;
  }

  #heldOf({ amount, window }: Claim): number {
    return this.#pieces.reduce((sum, piece) => sum + (piece.window === window ? piece.amount : 0), amount);
  }

  #claimant(claims: readonly Claim[]): Claimant {
    return { claims, timeZone: this.#ask.group.timeZone };
  }

  /** Undefined: nobody can say how long the answer may become. */
  #claims(): Claim[] | undefined {
    const estimates: Partial<Record<QuotaResource['mode'], Estimate>> = {};
    const claims: Claim[] = [];
    for (const { rule, subject } of this.#counted) {
      const estimate = rule.mode === 'hard' ? this.#estimateHard(rule) : (estimates[rule.mode] ?? this.#estimate(rule.mode));
      if (!estimate) return undefined;
      if (rule.mode !== 'hard') estimates[rule.mode] = estimate;
      claims.push({ rule, subject, estimate, amount: amountOf(rule.unit, estimate), own: 0, window: undefined });
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

function pieceOf(claim: Claim, tokens: number, own: number): Claim {
  const estimate = { ...claim.estimate, inputTokens: 0, extraNanoUsd: 0, outputTokens: tokens };
  return { ...claim, estimate, amount: outputAmount(claim.rule.unit, estimate, tokens), own, window: undefined };
}

function actualOf({ unit }: QuotaResource, { usage, costNanoUsd }: Used): number {
  return unit === 'tokens' ? totalTokens(usage) : costNanoUsd;
}

function chargeOf({ window }: Claim, amount: number): Charge {
  return { win: window?.facts.win ?? 0, amount };
}
