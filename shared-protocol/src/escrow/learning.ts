import { type CenterSlice, outstandingOf } from './center-window.ts';

/** The centre was restored, perhaps to an older state: what it granted in the lost span it must hear from the nodes. */
export interface Learning {
  readonly sinceMs: number;
  /** Books heard within the last hold time before the restore, and not yet since. */
  readonly missing: readonly string[];
}

export function learnFor(reportMs: number): number {
  return Math.max(3 * reportMs, 30_000);
}

/** `knownBooks`: incarnations that were heard in the last hold time, by what is left of the past. */
export function beginLearning(nowMs: number, knownBooks: readonly string[]): Learning {
  return { sinceMs: nowMs, missing: [...new Set(knownBooks)].sort() };
}

/**
 * The books were told of another epoch than the centre is in: their question is only answered, not taken. It says nothing
 * of what they were granted in the span that the centre lost; the next one does, with receipts.
 */
export function isOfThePast(questionEpoch: string, epoch: string): boolean {
  return questionEpoch !== '' && questionEpoch !== epoch;
}

/** These books said, in the new epoch and with their receipts, what they hold. */
export function learnedFrom(learning: Learning, books: string): Learning {
  return learning.missing.includes(books)
    ? { ...learning, missing: learning.missing.filter((other) => other !== books) }
    : learning;
}

/** Nothing new is granted while this is true. */
export function isLearning({ sinceMs, missing }: Learning, nowMs: number, reportMs: number): boolean {
  return missing.length > 0 && nowMs < sinceMs + learnFor(reportMs);
}

/**
 * Kept from grants after learning: those that were not heard in the new epoch may have been granted as much again as
 * is known of them. `slices`: the open ones of one window that were last heard in an older epoch.
 */
export function reserveOf(slices: readonly CenterSlice[]): number {
  return slices.reduce((sum, slice) => sum + (slice.closed ? 0 : outstandingOf(slice)), 0);
}
