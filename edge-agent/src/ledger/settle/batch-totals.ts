import { type SettledTotal, zeroCounts } from '@aicarpool/shared-protocol';
import { columnAt, type RowValues } from '../store/columns.ts';
import type { Buckets } from '../store/pack-histogram.ts';

const hourMs = 3_600_000;
const latestMs = Date.UTC(9999, 11, 31, 23);

type Sums = { -readonly [K in keyof SettledTotal]: SettledTotal[K] } & { readonly buckets: Buckets };

const textAt = (values: RowValues, name: keyof typeof columnAt, most: number) => clean(String(values[columnAt[name]]), most);
const numberAt = (values: RowValues, name: keyof typeof columnAt) => Number(values[columnAt[name]]);

/** The rows of a batch, added up as the hourly sums are (store/sums.ts), an hour, member, key, account and price at a time. */
export class BatchTotals {
  readonly #totals = new Map<string, Sums>();
  /** Of everything so far; no single total can be larger. */
  #largest = 0;

  /** False, with nothing added: the sums would no longer be whole numbers. */
  add(values: RowValues): boolean {
    const tokens = tokensOf(values);
    const next =
      this.#largest +
      Math.max(tokens, numberAt(values, 'cost_nano_usd'), numberAt(values, 'thinking'), numberAt(values, 'duration_ms'));
    if (!Number.isSafeInteger(next) && this.#totals.size > 0) return false;
    this.#largest = next;
    const sums = this.#sumsOf(values);
    addRow(sums, values, tokens);
    return true;
  }

  totals(): SettledTotal[] {
    return [...this.#totals.values()].map(({ buckets, ...sums }) => ({
      ...sums,
      durations: [...buckets].sort(([a], [b]) => a - b),
    }));
  }

  #sumsOf(values: RowValues): Sums {
    const price = values[columnAt.price_version];
    const hourAtMs = Math.min(latestMs, Math.floor(numberAt(values, 'ended_at_ms') / hourMs) * hourMs);
    const dimensions = {
      hour_at: new Date(hourAtMs).toISOString(),
      group_id: textAt(values, 'group_id', 64),
      user_id: textAt(values, 'user_id', 64),
      key_id: textAt(values, 'key_id', 64),
      service: textAt(values, 'service', 50),
      model: textAt(values, 'model', 200),
      upstream_id: textAt(values, 'upstream_id', 64),
      price_version: typeof price === 'string' ? clean(price, 100) : null,
    };
    const name = Object.values(dimensions).join('\u0000');
    const known = this.#totals.get(name);
    if (known) return known;
    const fresh: Sums = { ...dimensions, ...zeroCounts(), durations: [], buckets: new Map() };
    this.#totals.set(name, fresh);
    return fresh;
  }
}

function addRow(sums: Sums, values: RowValues, tokens: number): void {
  const cost = numberAt(values, 'cost_nano_usd');
  sums.attempts += 1;
  sums.input += numberAt(values, 'input');
  sums.cache_read += numberAt(values, 'cache_read');
  sums.cache_write += numberAt(values, 'cache_write_5m') + numberAt(values, 'cache_write_1h');
  sums.output += numberAt(values, 'output');
  sums.thinking += numberAt(values, 'thinking');
  sums.cost_nano_usd += cost;
  if (values[columnAt.estimated] === 1) {
    sums.estimated += 1;
    sums.estimated_tokens += tokens;
    sums.estimated_cost_nano_usd += cost;
  }
  if (values[columnAt.final] === 1) addEnd(sums, values);
  const bucket = values[columnAt.duration_bucket];
  if (typeof bucket !== 'number') return;
  sums.duration_sum_ms += numberAt(values, 'duration_ms');
  sums.buckets.set(bucket, (sums.buckets.get(bucket) ?? 0) + 1);
}

/** How a request ended. */
function addEnd(sums: Sums, values: RowValues): void {
  sums.requests += 1;
  const column = columnOfOutcome[String(values[columnAt.outcome])];
  if (column) sums[column] += 1;
  if (values[columnAt.status] === 'lost') sums.lost += 1;
  if (values[columnAt.priced] === 0) sums.unpriced += 1;
}

const columnOfOutcome: Record<
  string,
  'successes' | 'timeout_errors' | 'rate_limit_errors' | 'auth_errors' | 'other_errors' | 'cancelled'
> = {
  success: 'successes',
  timeout: 'timeout_errors',
  rate_limit: 'rate_limit_errors',
  auth: 'auth_errors',
  other: 'other_errors',
  cancelled: 'cancelled',
};

/** All input and all output. */
export function tokensOf(values: RowValues): number {
  return (
    numberAt(values, 'input') +
    numberAt(values, 'cache_read') +
    numberAt(values, 'cache_write_5m') +
    numberAt(values, 'cache_write_1h') +
    numberAt(values, 'output')
  );
}

/** As the centre takes and Postgres stores it: one row must not keep all that follow from being settled. */
function clean(text: string, most: number): string {
  return text.slice(0, most).toWellFormed().replaceAll('\u0000', '\ufffd');
}
