import { expect, test } from 'vitest';
import type { Granularity } from './cut-time.ts';
import { isRecent, type RangeWish, readRange } from './stats-range.ts';

const nowMs = Date.parse('2026-11-21T17:30:00.123Z');
const limits = { maxBuckets: 1000, defaultDays: 7 };

function read(over: Partial<RangeWish> = {}, at = nowMs) {
  const range = readRange({ zone: 'Asia/Shanghai', granularity: 'day', ...over }, at, limits);
  return {
    ...range,
    start: new Date(range.startMs).toISOString(),
    end: new Date(range.endMs).toISOString(),
    buckets: range.edgesMs.length - 1,
  };
}

test('takes the last seven days of the zone, today among them, when no date is given', () => {
  // In Shanghai it is already the 22nd.
  expect(read()).toMatchObject({
    start: '2026-11-15T16:00:00.000Z',
    end: '2026-11-22T16:00:00.000Z',
    buckets: 7,
    reachesPresent: true,
  });
  expect(read({ zone: 'UTC' })).toMatchObject({ start: '2026-11-15T00:00:00.000Z', end: '2026-11-22T00:00:00.000Z', buckets: 7 });
});

test('takes a date as a whole day of the zone, the end with it', () => {
  expect(read({ start_date: '2026-11-01', end_date: '2026-11-01' })).toMatchObject({
    start: '2026-10-31T16:00:00.000Z',
    end: '2026-11-01T16:00:00.000Z',
    buckets: 1,
    reachesPresent: false,
  });
});

test('takes instants as they are and cuts the first and last bucket short', () => {
  const range = read({
    zone: 'UTC',
    granularity: 'hour',
    start_date: '2026-11-20T10:15:00Z',
    end_date: '2026-11-20T13:00:00+01:00',
  });
  expect(range.edgesMs.map((ms) => new Date(ms).toISOString().slice(11, 16))).toEqual(['10:15', '11:00', '12:00']);
});

test('ends a range that reaches the present with the current bucket, so that a clock ahead of ours loses nothing', () => {
  expect(read({ granularity: 'hour', start_date: '2026-11-22', end_date: '2027-01-01' })).toMatchObject({
    end: '2026-11-21T18:00:00.000Z',
    reachesPresent: true,
  });
  expect(read({ zone: 'UTC', granularity: 'month', start_date: '2026-10-01' })).toMatchObject({
    end: '2026-12-01T00:00:00.000Z',
    buckets: 2,
  });
});

test('has one name for what the same answer fits, a minute later too', () => {
  expect(read().name).toBe(read({}, nowMs + 60_000).name);
  expect(read().name).not.toBe(read({ end_date: '2026-11-20' }).name);
  expect(read().name).not.toBe(read({ zone: 'UTC' }).name);
  expect(read().name).not.toBe(read({ granularity: 'hour' }).name);
});

test('counts the last 24 hours as recent, whatever a request takes on its way', () => {
  const hour = { zone: 'UTC', granularity: 'hour' as Granularity };
  const dayAgo = new Date(nowMs - 86_400_000).toISOString();
  expect(isRecent(read({ ...hour, start_date: dayAgo }), nowMs + 2000)).toBe(true);
  expect(isRecent(read({ ...hour, start_date: '2026-11-20T16:00:00Z' }), nowMs)).toBe(false);
});

test.each([
  [{ start_date: '2026-11-22T17:30:01Z' }, 'range_in_future', /future/],
  [{ start_date: '2026-11-10', end_date: '2026-11-09' }, 'range_empty', /after start_date/],
  [{ start_date: '2026-02-30' }, 'date_unreadable', /2026-02-30/],
  [{ start_date: 'yesterday' }, 'date_unreadable', /2025-07-15/],
  [{ end_date: '1969-01-01T00:00:00Z' }, 'date_unreadable', /from 2000/],
  [{ zone: 'Mars/Olympus' }, 'time_zone_unknown', /Mars/],
  [{ granularity: 'hour' as const, start_date: '2026-01-01' }, 'too_many_buckets', /at most 41 days, or a coarser/],
  [{ start_date: '2023-01-01' }, 'too_many_buckets', /at most 1000 days/],
])('refuses %j and says what is allowed', (wish, code, message) => {
  expect(() => read(wish)).toThrow(expect.objectContaining({ code, status: 400, message: expect.stringMatching(message) }));
});

test('takes the longest range that it allows', () => {
  expect(
    read({ zone: 'UTC', granularity: 'hour', start_date: '2026-01-01T00:00:00Z', end_date: '2026-02-11T16:00:00Z' }).buckets,
  ).toBe(1000);
});
