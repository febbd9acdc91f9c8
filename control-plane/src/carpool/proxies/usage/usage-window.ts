import type { ProxyUsageQuery } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../../kernel/index.ts';

export interface UsageWindow {
  readonly startAt: Date;
  /** The first instant that does not count any more. */
  readonly endAt: Date;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const longestDays = 400;
const lengths = { hour: hourMs, day: dayMs, week: 7 * dayMs, month: 30 * dayMs };

/** Whole UTC hours: the period until now, or the days that are named. Throws 400 `dates_reversed`, `range_too_long`. */
export function usageWindow({ period, start_date, end_date }: Omit<ProxyUsageQuery, 'proxyId'>, now: Date): UsageWindow {
  const nextHourMs = now.getTime() - (now.getTime() % hourMs) + hourMs;
  const endMs = end_date === undefined ? nextHourMs : Date.parse(`${end_date}T00:00:00Z`) + dayMs;
  const startMs = start_date === undefined ? endMs - lengths[period] : Date.parse(`${start_date}T00:00:00Z`);
  if (startMs >= endMs) throw new Invalid('dates_reversed', 'start_date lies behind end_date');
  if (endMs - startMs > longestDays * dayMs) throw new Invalid('range_too_long', `ask for at most ${longestDays} days`);
  return { startAt: new Date(startMs), endAt: new Date(endMs) };
}

/** Which share of a month's price falls into the window, as far as it has passed. */
export function monthsIn({ startAt, endAt }: UsageWindow, now: Date): number {
  const passedMs = Math.min(endAt.getTime(), now.getTime()) - startAt.getTime();
  return Math.max(0, passedMs) / lengths.month;
}
