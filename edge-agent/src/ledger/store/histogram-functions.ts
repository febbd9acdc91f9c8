import type Database from 'better-sqlite3';
import { addPacked, type Buckets, packHistogram } from './pack-histogram.ts';

/**
 * SQL over packed histograms: `histogram_of(bucket)` counts buckets (NULL is not counted), `histogram_sum(packed)`
 * adds up, `histogram_add(packed, packed)` adds two.
 */
export function addHistogramFunctions(db: Database.Database): void {
  db.aggregate('histogram_of', {
    start: (): Buckets => new Map(),
    step: (total: Buckets, bucket: unknown) => {
      if (typeof bucket === 'number') total.set(bucket, (total.get(bucket) ?? 0) + 1);
    },
    result: packHistogram,
    deterministic: true,
  });
  db.aggregate('histogram_sum', {
    start: (): Buckets => new Map(),
    step: (total: Buckets, packed: unknown) => {
      if (packed instanceof Uint8Array) addPacked(total, packed);
    },
    result: packHistogram,
    deterministic: true,
  });
  db.function('histogram_add', { deterministic: true }, (a: Uint8Array, b: Uint8Array) => {
    const total: Buckets = new Map();
    addPacked(total, a);
    addPacked(total, b);
    return packHistogram(total);
  });
}
