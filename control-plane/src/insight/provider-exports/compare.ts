import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { ComparedLine, ProviderComparison } from '@aicarpool/shared-protocol/console';
import type { BookedDay } from '../../fleet/index.ts';
import type { ProviderRow } from './read-table.ts';

type Difference = NonNullable<ComparedLine['tokens']>;

/** A provider's table against our books, day by day and model by model, with what only one of them has. Pure. */
export function compare(
  theirs: readonly ProviderRow[],
  ours: readonly BookedDay[],
): Pick<ProviderComparison, 'totals' | 'lines'> {
  const hasTokens = theirs.some(({ tokens }) => tokens !== null);
  const hasCost = theirs.some(({ costNanoUsd }) => costNanoUsd !== null);
  const tellsModels = theirs.some(({ model }) => model !== '');
  const groups = new Map<string, { date: string; model: string; rows: ProviderRow[]; booked: BookedDay[] }>();
  const groupOf = (date: string, model: string) => {
    const known = groups.get(`${date}\0${model}`) ?? { date, model, rows: [], booked: [] };
    groups.set(`${date}\0${model}`, known);
    return known;
  };
  const namesOf = new Map<string, Set<string>>();
  for (const row of theirs) {
    groupOf(row.date, row.model).rows.push(row);
    namesOf.set(row.date, (namesOf.get(row.date) ?? new Set()).add(row.model));
  }
  for (const day of ours) {
    const names = namesOf.get(day.date) ?? [];
    groupOf(day.date, tellsModels ? (bestName(day.model, names) ?? day.model) : '').booked.push(day);
  }
  const lines = [...groups.values()]
    .sort((a, b) => (a.date === b.date ? (a.model < b.model ? -1 : 1) : a.date < b.date ? -1 : 1))
    .map(({ date, model, rows, booked }) => ({
      date,
      model,
      our_models: [...new Set(booked.map((day) => day.model))].sort(),
      ...figures(rows, booked, hasTokens, hasCost),
    }));
  return { lines, totals: figures(theirs, ours, hasTokens, hasCost) };
}

function figures(rows: readonly ProviderRow[], booked: readonly BookedDay[], hasTokens: boolean, hasCost: boolean) {
  const sum = <T>(list: readonly T[], of: (one: T) => number) => list.reduce((total, one) => total + of(one), 0);
  const cost = difference(
    sum(rows, ({ costNanoUsd }) => costNanoUsd ?? 0),
    sum(booked, ({ costNanoUsd }) => costNanoUsd),
    sum(booked, ({ estimatedCostNanoUsd }) => estimatedCostNanoUsd),
  );
  const tokens = difference(
    sum(rows, (row) => row.tokens ?? 0),
    sum(booked, (day) => day.tokens),
    sum(booked, ({ estimatedTokens }) => estimatedTokens),
  );
  return {
    tokens: hasTokens ? tokens : null,
    cost_usd: hasCost ? inUsd(cost) : null,
    requests: sum(booked, ({ requests }) => requests),
    lost_requests: sum(booked, ({ lost }) => lost),
  };
}

/** Estimates explain no more than they are: what was estimated is between nothing and, as we saw of providers, twice as much. */
export function difference(theirs: number, ours: number, estimatedOfOurs: number): Difference {
  const off = theirs - ours;
  const explained = Math.sign(off) * Math.min(Math.abs(off), estimatedOfOurs);
  return {
    theirs,
    ours,
    difference: off,
    difference_percent: theirs === 0 ? null : Math.round((off / theirs) * 10_000) / 100,
    estimated: explained + 0,
    unknown: off - explained,
  };
}

function inUsd(nano: Difference): Difference {
  return {
    theirs: nanoUsdToUsd(nano.theirs),
    ours: nanoUsdToUsd(nano.ours),
    difference: nanoUsdToUsd(nano.difference),
    difference_percent: nano.difference_percent,
    estimated: nanoUsdToUsd(nano.estimated),
    unknown: nanoUsdToUsd(nano.unknown),
  };
}

/** `Claude Haiku 4.5` of one table is `claude-haiku-4-5-20251001` of another. The longest name that fits counts. */
function bestName(model: string, names: Iterable<string>): string | undefined {
  const wanted = plainName(model);
  let best: string | undefined;
  for (const name of names) {
    const plain = plainName(name);
    const fits = plain !== '' && (plain === wanted || wanted.startsWith(`${plain}-`) || plain.startsWith(`${wanted}-`));
    if (fits && (best === undefined || plain === wanted || plain.length > plainName(best).length)) best = name;
    if (plain === wanted) return name;
  }
  return best;
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
