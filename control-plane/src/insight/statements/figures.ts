import type { SplitRule } from '@aicarpool/shared-protocol/console';

/** Sums of use; tokens and nano-USD, all whole. */
export interface UseSums {
  readonly requests: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly costNanoUsd: number;
  readonly estimatedCostNanoUsd: number;
  readonly lost: number;
  readonly unpriced: number;
}

export interface ModelLine extends UseSums {
  readonly service: string;
  readonly model: string;
}

export interface MemberFigures {
  readonly userId: string;
  readonly name: string;
  readonly isMember: boolean;
  readonly use: UseSums;
  readonly lines: readonly ModelLine[];
  readonly fixed: readonly { readonly name: string; readonly nanoUsd: number }[];
  /** Below zero: too much had been charged. */
  readonly adjustments: readonly { readonly month: string; readonly nanoUsd: number }[];
}

/** The figures of a month, as they are computed and, once it is closed, kept. */
export interface StatementFigures {
  readonly groupName: string;
  readonly timeZone: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly members: readonly MemberFigures[];
  readonly fixedCosts: readonly { readonly name: string; readonly nanoUsd: number; readonly rule: SplitRule }[];
}

const zero: UseSums = {
  requests: 0,
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  output: 0,
  costNanoUsd: 0,
  estimatedCostNanoUsd: 0,
  lost: 0,
  unpriced: 0,
};

export function sumUse(parts: readonly UseSums[]): UseSums {
  const sums: Record<keyof UseSums, number> = { ...zero };
  for (const part of parts) for (const name of Object.keys(zero) as (keyof UseSums)[]) sums[name] += part[name];
  return sums;
}

export function fixedOf({ fixed }: Pick<MemberFigures, 'fixed'>): number {
  return fixed.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
}

export function adjustedBy({ adjustments }: Pick<MemberFigures, 'adjustments'>): number {
  return adjustments.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
}
