import { type Histogram, mergeHistograms } from '@aicarpool/shared-protocol';

/** The histogram of an hour: equal buckets, which may be stored side by side, added up. */
export function histogramOf(durationPairs: readonly number[]): Histogram {
  const pairs = durationPairs.flatMap((bucket, at) =>
    at % 2 === 0 ? [[bucket, durationPairs[at + 1] ?? 0] as [number, number]] : [],
  );
  return mergeHistograms([pairs]);
}
