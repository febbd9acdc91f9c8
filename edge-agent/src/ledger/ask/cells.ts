import type { StatsCell, StatsDimension } from '@aicarpool/shared-protocol';
import { addPacked, type Buckets } from '../store/pack-histogram.ts';
import { sumColumns } from '../store/sums.ts';

const mostCells = 200_000;

interface Sums {
  readonly dimensions: readonly unknown[];
  readonly values: (number | null)[];
  readonly durations: Buckets;
}

/** The cells of an answer while they grow. A part is a row of SQL: the dimensions asked for, then the sums. */
export class Cells {
  readonly #by: readonly StatsDimension[];
  readonly #sums = new Map<string, Sums>();

  constructor(by: readonly StatsDimension[]) {
    this.#by = by;
  }

  get isFull(): boolean {
    return this.#sums.size > mostCells;
  }

  get rows(): number {
    let rows = 0;
    for (const { values } of this.#sums.values()) rows += values[0] ?? 0;
    return rows;
  }

  add(part: readonly unknown[]): void {
    const dimensions = part.slice(0, this.#by.length);
    if (!part[dimensions.length]) return;
    const name = JSON.stringify(dimensions);
    let sums = this.#sums.get(name);
    if (!sums) {
      sums = { dimensions, values: sumColumns.map(({ merge }) => (merge === 'add' ? 0 : null)), durations: new Map() };
      this.#sums.set(name, sums);
    }
    for (const [at, { merge }] of sumColumns.entries()) {
      const value = part[dimensions.length + at];
      if (value instanceof Uint8Array) addPacked(sums.durations, value);
      else if (typeof value === 'number') sums.values[at] = mergers[merge](sums.values[at] ?? null, value);
    }
  }

  toAnswer(): StatsCell[] {
    return [...this.#sums.values()].slice(0, mostCells).map((sums) => this.#toCell(sums));
  }

  #toCell({ dimensions, values, durations }: Sums): StatsCell {
    const named = Object.fromEntries(this.#by.map((name, at) => [name, dimensions[at]]));
    const sums = Object.fromEntries(sumColumns.map(({ name }, at) => [name, values[at] ?? null]));
    const { last_at_ms: lastAtMs, durations: _, ...counts } = sums;
    return {
      ...named,
      ...(counts as Counts),
      durations: [...durations].sort(([a], [b]) => a - b),
      last_at: typeof lastAtMs === 'number' ? new Date(lastAtMs).toISOString() : null,
    };
  }
}

/** The names of `sumColumns` are those of the wire; the test of this file holds them together. */
type Counts = Omit<StatsCell, StatsDimension | 'durations' | 'last_at'>;

const mergers = {
  add: (a: number | null, b: number) => (a ?? 0) + b,
  max: (a: number | null, b: number) => Math.max(a ?? b, b),
  min: (a: number | null, b: number) => Math.min(a ?? b, b),
  histogram: (a: number | null) => a,
};
