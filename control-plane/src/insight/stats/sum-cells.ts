import { addCounts, addNanoUsd, type Histogram, type StatsCell, type StatsDimension } from '@aicarpool/shared-protocol';

/** A cell without what it stands for. */
export type StatsSums = Omit<StatsCell, StatsDimension>;

const counts = [
  'requests',
  'attempts',
  'successes',
  'timeout_errors',
  'rate_limit_errors',
  'auth_errors',
  'other_errors',
  'cancelled',
  'input',
  'cache_read',
  'cache_write',
  'output',
  'thinking',
  'estimated',
  'lost',
  'unpriced',
  'duration_sum_ms',
] as const satisfies readonly (keyof StatsSums)[];

type Counts = Record<(typeof counts)[number], number>;

/** Adds up cells in any order. Every sum is an exact integer, or adding throws RangeError. */
export class Summing {
  readonly #counts = Object.fromEntries(counts.map((name) => [name, 0])) as Counts;
  readonly #durations = new Map<number, number>();
  #costNanoUsd = 0;
  #maxMs = 0;
  #minMs: number | null = null;
  #lastAt: string | null = null;

  add(cell: StatsSums): void {
    for (const name of counts) this.#counts[name] = addCounts(this.#counts[name], cell[name]);
    this.#costNanoUsd = addNanoUsd(this.#costNanoUsd, cell.cost_nano_usd);
    this.#maxMs = Math.max(this.#maxMs, cell.max_ms);
    if (cell.min_ms !== null) this.#minMs = this.#minMs === null ? cell.min_ms : Math.min(this.#minMs, cell.min_ms);
    if (cell.last_at !== null && isLater(cell.last_at, this.#lastAt)) this.#lastAt = cell.last_at;
    for (const [bucket, count] of cell.durations) {
      this.#durations.set(bucket, addCounts(this.#durations.get(bucket) ?? 0, count));
    }
  }

  sums(): StatsSums {
    const durations: Histogram = [...this.#durations].sort(([a], [b]) => a - b);
    return {
      ...this.#counts,
      cost_nano_usd: this.#costNanoUsd,
      max_ms: this.#maxMs,
      min_ms: this.#minMs,
      last_at: this.#lastAt,
      durations,
    };
  }
}

/** The sums of all cells that `keyOf` gives one key. */
export function sumBy<C extends StatsSums>(cells: Iterable<C>, keyOf: (cell: C) => string): Map<string, StatsSums> {
  const summings = new Map<string, Summing>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const summing = summings.get(key) ?? new Summing();
    summings.set(key, summing);
    summing.add(cell);
  }
  return new Map([...summings].map(([key, summing]) => [key, summing.sums()]));
}

export function sumAll(cells: Iterable<StatsSums>): StatsSums {
  const summing = new Summing();
  for (const cell of cells) summing.add(cell);
  return summing.sums();
}

/** Two instants may be the same moment in two spellings; then the text decides, so that order never matters. */
function isLater(instant: string, than: string | null): boolean {
  if (than === null) return true;
  const difference = Date.parse(instant) - Date.parse(than);
  return difference === 0 ? instant > than : difference > 0;
}
