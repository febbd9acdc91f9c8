import { mergeHistograms, type SettledTotal, totalCountNames } from '@aicarpool/shared-protocol';
import { Invalid } from '../../../kernel/errors.ts';

const hourMs = 3_600_000;

/** A total as it is stored: whole hours, no missing price version. */
export type MergedTotal = Omit<SettledTotal, 'price_version'> & { readonly price_version: string };

/** Totals of one call, one for each key, sorted by it: two calls that meet the same rows meet them in the same order. */
export function mergeTotals(totals: readonly SettledTotal[]): MergedTotal[] {
  const merged = new Map<string, MergedTotal>();
  for (const total of totals) {
    const next = { ...total, hour_at: hourOf(total.hour_at), price_version: total.price_version ?? '' };
    const key = keyOf(next);
    const known = merged.get(key);
    merged.set(key, known ? add(known, next) : next);
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
}

function add(a: MergedTotal, b: MergedTotal): MergedTotal {
  const added: MergedTotal = { ...a, durations: mergeHistograms([a.durations, b.durations]) };
  for (const name of totalCountNames) added[name] = a[name] + b[name];
  return added;
}

function keyOf(total: MergedTotal): string {
  const { group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version } = total;
  return [group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version].join('\0');
}

function hourOf(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Invalid('invalid_input', 'hour_at must be an instant');
  return new Date(ms - (ms % hourMs)).toISOString();
}
