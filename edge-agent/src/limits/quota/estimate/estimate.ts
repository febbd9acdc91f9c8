import type { QuotaUnit } from '@aicarpool/shared-protocol';

/** What a request may use, in the parts from which an amount of either unit is made. Integers, except the prices. */
export interface Estimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Pico-USD a token; 0 where the model has no price. */
  readonly inputPicoUsd: number;
  readonly outputPicoUsd: number;
  /** What is charged by the piece. */
  readonly extraNanoUsd: number;
}

/** Tokens or nano-USD, as the quota counts; rounded up. No budget is larger than the largest of them. */
export function amountOf(unit: QuotaUnit, estimate: Estimate): number {
  const amount = inputAmount(unit, estimate) + outputAmount(unit, estimate, estimate.outputTokens);
  return Math.min(Number.MAX_SAFE_INTEGER, amount);
}

export function outputAmount(unit: QuotaUnit, { outputPicoUsd }: Estimate, tokens: number): number {
  return unit === 'tokens' ? tokens : Math.ceil((tokens * outputPicoUsd) / 1000);
}

/** How many tokens of output `left` pays for besides the input; null: any number, or not even the input. */
export function affordableOutput(unit: QuotaUnit, estimate: Estimate, left: number): number | null {
  const rest = left - inputAmount(unit, estimate);
  if (unit === 'tokens') return rest > 0 ? rest : null;
  if (estimate.outputPicoUsd === 0 || rest <= 0) return null;
  const tokens = Math.floor((rest * 1000) / estimate.outputPicoUsd);
  return tokens > 0 ? tokens : null;
}

function inputAmount(unit: QuotaUnit, { inputTokens, inputPicoUsd, extraNanoUsd }: Estimate): number {
  return unit === 'tokens' ? inputTokens : Math.ceil((inputTokens * inputPicoUsd) / 1000) + extraNanoUsd;
}
