import { expect, test } from 'vitest';
import { cutTime, nextBoundaryMs } from './cut-time.ts';
import { isTimeZone, startOfDayMs } from './wall-clock.ts';

const hours = (edges: number[] | undefined) => (edges ?? []).slice(1).map((edge, i) => (edge - (edges?.[i] ?? 0)) / 3_600_000);

test('gives the days when clocks change 23 and 25 hours', () => {
  const spring = startOfDayMs('Europe/Berlin', 2026, 3, 28);
  expect(hours(cutTime('Europe/Berlin', 'day', spring, startOfDayMs('Europe/Berlin', 2026, 3, 31), 10))).toEqual([24, 23, 24]);
  const autumn = startOfDayMs('Europe/Berlin', 2026, 10, 24);
  expect(hours(cutTime('Europe/Berlin', 'day', autumn, startOfDayMs('Europe/Berlin', 2026, 10, 27), 10))).toEqual([24, 25, 24]);
});

test('begins a day where the clock jumps over midnight', () => {
  expect(new Date(startOfDayMs('Africa/Cairo', 2026, 4, 24)).toISOString()).toBe('2026-04-23T22:00:00.000Z');
  expect(new Date(startOfDayMs('Asia/Beirut', 2026, 3, 29)).toISOString()).toBe('2026-03-28T22:00:00.000Z');
});

test('finds a day in zones on either side of the date line', () => {
  expect(new Date(startOfDayMs('Asia/Shanghai', 2026, 1, 1)).toISOString()).toBe('2025-12-31T16:00:00.000Z');
  expect(new Date(startOfDayMs('Pacific/Kiritimati', 2026, 1, 1)).toISOString()).toBe('2025-12-31T10:00:00.000Z');
  expect(new Date(startOfDayMs('Pacific/Niue', 2026, 1, 1)).toISOString()).toBe('2026-01-01T11:00:00.000Z');
});

test('cuts hours where the wall clock of a half-hour zone strikes', () => {
  const atMs = Date.parse('2026-11-21T01:10:05.250Z');
  expect(new Date(nextBoundaryMs('Asia/Kolkata', 'hour', atMs)).toISOString()).toBe('2026-11-21T01:30:00.000Z');
  expect(new Date(nextBoundaryMs('UTC', 'hour', atMs)).toISOString()).toBe('2026-11-21T02:00:00.000Z');
});

test('refuses to cut into more buckets than asked for', () => {
  const startMs = Date.UTC(2026, 0, 1);
  expect(cutTime('UTC', 'day', startMs, startMs + 10 * 86_400_000, 10)?.length).toBe(11);
  expect(cutTime('UTC', 'day', startMs, startMs + 11 * 86_400_000, 10)).toBeUndefined();
});

test('knows a time zone from a word', () => {
  expect(isTimeZone('Asia/Shanghai')).toBe(true);
  expect(isTimeZone('Mars/Olympus')).toBe(false);
});
