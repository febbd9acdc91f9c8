import { expect, it } from 'vitest';
import { monthsIn, usageWindow } from './usage-window.ts';

const now = new Date('2026-11-21T10:20:00Z');
const texts = (query: Parameters<typeof usageWindow>[0]) => {
  const { startAt, endAt } = usageWindow(query, now);
  return [startAt.toISOString(), endAt.toISOString()];
};

it('reaches back from the hour that runs, or holds the days that are named', () => {
  expect(texts({ period: 'hour' })).toEqual(['2026-11-21T10:00:00.000Z', '2026-11-21T11:00:00.000Z']);
  expect(texts({ period: 'week' })[0]).toBe('2026-11-14T11:00:00.000Z');
  expect(texts({ period: 'day', start_date: '2026-11-01', end_date: '2026-11-02' })).toEqual([
    '2026-11-01T00:00:00.000Z',
    '2026-11-03T00:00:00.000Z',
  ]);
});

it('refuses days in the wrong order, and too many', () => {
  const wrong = { period: 'day', start_date: '2026-11-03', end_date: '2026-11-01' } as const;
  expect(() => usageWindow(wrong, now)).toThrow(expect.objectContaining({ code: 'dates_reversed' }));
  expect(() => usageWindow({ period: 'day', start_date: '2020-01-01' }, now)).toThrow(
    expect.objectContaining({ code: 'range_too_long' }),
  );
});

it('charges for the time that has passed', () => {
  const window = usageWindow({ period: 'day', start_date: '2026-11-21', end_date: '2026-11-30' }, now);
  expect(monthsIn(window, now)).toBeCloseTo((10 + 1 / 3) / 24 / 30);
});
