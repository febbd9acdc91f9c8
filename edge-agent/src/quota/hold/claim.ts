import type { HeldWindow } from '../book/held-window.ts';
import type { Counted } from '../counting.ts';
import type { Estimate } from '../estimate/estimate.ts';

/** What one request wants of one quota. */
export interface Claim extends Counted {
  readonly amount: number;
  readonly estimate: Estimate;
  /** Held already for the same attempt. */
  readonly own: number;
  /** Set while it is held. */
  window: HeldWindow | undefined;
}

/** Whose claim it is, for those who word a refusal. */
export interface Claimant {
  readonly timeZone: string;
  readonly claims: readonly Claim[];
}
