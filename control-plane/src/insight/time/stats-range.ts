import { z } from 'zod';
import { Invalid } from '../../kernel/index.ts';
import { cutTime, type Granularity, nextBoundaryMs } from './cut-time.ts';
import { isTimeZone, startOfDayMs, wallTimeAt } from './wall-clock.ts';

/** A stretch of time cut into buckets, as a question to the nodes takes it. */
export interface StatsRange {
  readonly zone: string;
  readonly granularity: Granularity;
  readonly startMs: number;
  /** Not in it. A range that reaches the present ends with the bucket that the present lies in. */
  readonly endMs: number;
  readonly edgesMs: readonly number[];
  readonly reachesPresent: boolean;
  /** Equal for questions that the same answer fits: an open end has no instant of its own. */
  readonly name: string;
}

export interface RangeWish {
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly zone: string;
  readonly granularity: Granularity;
}

export interface RangeLimits {
  readonly maxBuckets: number;
  /** Days, today among them, of a range that names no start. */
  readonly defaultDays: number;
}

const dayMs = 86_400_000;
const instant = z.iso.datetime({ offset: true });

/** Reads dates as whole days of the zone and instants as they are. Throws Invalid with what would be allowed. */
export function readRange(wish: RangeWish, nowMs: number, limits: RangeLimits): StatsRange {
  const { zone, granularity } = wish;
  if (!isTimeZone(zone)) throw new Invalid('time_zone_unknown', `tz: ${zone} is no time zone name like Asia/Shanghai or UTC`);
  const wishedEndMs = wish.end_date === undefined ? undefined : readDay(zone, 'end_date', wish.end_date, 1);
  const lastMs = Math.min(nowMs, (wishedEndMs ?? Number.POSITIVE_INFINITY) - 1);
  const last = wallTimeAt(zone, lastMs);
  const startMs =
    wish.start_date === undefined
      ? startOfDayMs(zone, last.year, last.month, last.day - limits.defaultDays + 1)
      : readDay(zone, 'start_date', wish.start_date, 0);
  if (startMs > nowMs) throw new Invalid('range_in_future', 'start_date lies in the future');
  const reachesPresent = wishedEndMs === undefined || wishedEndMs > nowMs;
  const presentEndMs = nextBoundaryMs(zone, granularity, nowMs);
  const endMs = Math.min(wishedEndMs ?? presentEndMs, presentEndMs);
  if (endMs <= startMs) throw new Invalid('range_empty', 'end_date must lie after start_date');
  const edgesMs = cutTime(zone, granularity, startMs, endMs, limits.maxBuckets);
  if (!edgesMs) throw tooManyBuckets(granularity, limits.maxBuckets);
  const name = [zone, granularity, startMs, reachesPresent && wishedEndMs === undefined ? 'open' : wishedEndMs].join(' ');
  return { zone, granularity, startMs, endMs, edgesMs, reachesPresent, name };
}

/** `plusDays` 1: the end of the day that is named. */
function readDay(zone: string, field: string, text: string, plusDays: number): number {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const [year, month, day] = (date ?? []).slice(1).map(Number);
  if (year !== undefined && month !== undefined && day !== undefined) {
    const asUtc = new Date(Date.UTC(year, month - 1, day));
    if (year < 2000 || asUtc.toISOString().slice(0, 10) !== text) {
      throw new Invalid('date_unreadable', `${field}: ${text} is no date from 2000-01-01 on`);
    }
    return startOfDayMs(zone, year, month, day + plusDays);
  }
  const atMs = instant.safeParse(text).success ? Date.parse(text) : Number.NaN;
  if (!(atMs >= Date.UTC(2000, 0, 1))) {
    throw new Invalid('date_unreadable', `${field}: write a date (2025-07-15) or an instant (2025-07-15T08:00:00Z) from 2000 on`);
  }
  return atMs;
}

const bucketDays: Record<Granularity, number> = { hour: 1 / 24, day: 1, month: 30 };

function tooManyBuckets(granularity: Granularity, maxBuckets: number): Invalid {
  const days = Math.floor(maxBuckets * bucketDays[granularity]);
  const advice = granularity === 'month' ? '' : `, or a coarser granularity than ${granularity}`;
  return new Invalid(
    'too_many_buckets',
    `granularity ${granularity} allows at most ${maxBuckets} buckets here: choose a range of at most ${days} days${advice}`,
    { granularity, max_buckets: maxBuckets, max_days: days },
  );
}

/** Does the range lie within the last 24 hours? (The five minutes are for clocks, and for the time a request takes.) */
export function isRecent(range: StatsRange, nowMs: number): boolean {
  return range.startMs >= nowMs - dayMs - 300_000;
}
