/** The sums that every figure below is made of; a `StatsCell` has them all. */
export interface OutcomeCounts {
  readonly requests: number;
  readonly successes: number;
  readonly cancelled: number;
}

/**
 * The share of the asked nodes that answered, 0…1, cut (never rounded up) to four digits: 1 means every one.
 * With no node to ask nothing can be missing, so that is 1 too.
 */
export function completenessOf(queried: number, responded: number): number {
  if (queried === 0) return 1;
  return Math.floor((responded / queried) * 10_000) / 10_000;
}

/**
 * Successes in percent of the requests that had an outcome (a client that hung up first is neither success nor
 * error), cut to two digits: 100 means that none failed. Null when there was nothing to judge.
 */
export function successRatePercent(counts: OutcomeCounts): number | null {
  const judged = counts.requests - counts.cancelled;
  if (judged <= 0) return null;
  return Math.floor((counts.successes * 10_000) / judged) / 100;
}

/** The mean of durations in whole milliseconds, weighted by requests; null when there were none. */
export function averageMs(durationSumMs: number, requests: number): number | null {
  return requests > 0 ? Math.round(durationSumMs / requests) : null;
}

/** `total_tokens`: all input (cache reads and writes too) and all output (thinking is a part of it). */
export function cellTokens(cell: { input: number; cache_read: number; cache_write: number; output: number }): number {
  return cell.input + cell.cache_read + cell.cache_write + cell.output;
}

/** The share of requests whose usage is an estimate, 0…1, rounded up to four digits: 0 means none. */
export function estimatedShare(estimated: number, requests: number): number {
  return requests > 0 ? Math.min(1, Math.ceil((estimated / requests) * 10_000) / 10_000) : 0;
}

/** Adds two counts; throws RangeError where the sum would no longer be exact. */
export function addCounts(a: number, b: number): number {
  const sum = a + b;
  if (!Number.isSafeInteger(sum)) throw new RangeError('a sum of counts left the exact range');
  return sum;
}
