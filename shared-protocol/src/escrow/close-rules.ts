import { type CenterSlice, outstandingOf } from './center-window.ts';

/** No request runs longer: what was admitted in the last moment of a right is booked by then. */
export const maxRequestMs = 60 * 60_000;
/** For clocks that run at slightly different speeds, and for one more report. */
export const closingMarginMs = 5 * 60_000;

export interface CloseTerms {
  readonly nowMs: number;
  readonly holdMs: number;
  /** When the books were last heard: the arrival of their last accepted question. */
  readonly heardAtMs: number;
  /** End of the window; null: never. */
  readonly endsAtMs: number | null;
  /** Default: an hour, and five minutes besides. */
  readonly requestMs?: number;
}

/** For display: the node is silent for longer than its rights last, its rest counts as spent. Nothing is given to others yet. */
export function isPresumedSpent({ nowMs, holdMs, heardAtMs }: CloseTerms): boolean {
  return nowMs - heardAtMs > holdMs;
}

/**
 * Whether the rest of a slice may go to others: its node stopped admitting `holdMs` after its last question at the
 * latest, and what it had admitted is over. An ended window is closed for silent nodes on the same grounds.
 */
export function mayClose(slice: CenterSlice, terms: CloseTerms): boolean {
  if (slice.closed) return false;
  const { nowMs, holdMs, heardAtMs, endsAtMs, requestMs = maxRequestMs + closingMarginMs } = terms;
  const stoppedAtMs = heardAtMs + holdMs + requestMs;
  const endedAtMs = endsAtMs === null ? Number.POSITIVE_INFINITY : endsAtMs + holdMs + requestMs;
  return nowMs > stoppedAtMs || nowMs > endedAtMs;
}

/** What an operator is told before a node is forgotten: at most this much may have been used without being reported. */
export function unreportedAtMost(slices: readonly CenterSlice[]): number {
  return slices.reduce((sum, slice) => sum + (slice.closed ? 0 : outstandingOf(slice)), 0);
}
