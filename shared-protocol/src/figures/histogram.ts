import { z } from 'zod';

/**
 * A histogram of durations with a relative error of 1 %, after DDSketch (Masson, Rim, Lee: VLDB 2019):
 * bucket i holds the values in (γ^(i-1), γ^i] milliseconds with γ = 1.01/0.99. Counts are integers and
 * merging is addition, so merge(a, b) equals the histogram of both sets, in any order.
 *
 * On the wire: pairs [bucket, count] sorted by bucket; bucket 0 holds everything up to 1 ms.
 */
export const histogram = z.array(z.tuple([z.int().min(0).max(2000), z.int().positive()])).max(2001);
export type Histogram = z.infer<typeof histogram>;

const gamma = 1.01 / 0.99;
const logGamma = Math.log(gamma);

/** The bucket of a duration in milliseconds. */
export function bucketOf(durationMs: number): number {
  if (!(durationMs > 1)) return 0;
  return Math.min(2000, Math.ceil(Math.log(durationMs) / logGamma));
}

/** The value that stands for a bucket: at most 1 % away from every duration in it. */
export function bucketValueMs(bucket: number): number {
  return bucket === 0 ? 1 : (2 * gamma ** bucket) / (gamma + 1);
}

export function mergeHistograms(parts: Iterable<Histogram>): Histogram {
  const counts = new Map<number, number>();
  for (const part of parts) {
    for (const [bucket, count] of part) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** The duration in milliseconds below which the share `q` (0…1) of all values lies; null when there are none. */
export function quantile(of: Histogram, q: number): number | null {
  const total = of.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  for (const [bucket, count] of of) {
    seen += count;
    if (seen >= rank) return bucketValueMs(bucket);
  }
  return null;
}
