import { describe, expect, it } from 'vitest';
import {
  formatBound,
  formatBucket,
  formatCount,
  formatMoney,
  formatMs,
  formatPercent,
  formatRelative,
  formatUsd,
} from './format.ts';

describe('numbers', () => {
  it('counts exactly below ten thousand, then with three digits and a letter', () => {
    expect([0, 400, 9_999, 10_000, 123_456, 982_000_000, 2_500_000_000].map(formatCount)).toEqual([
      '0',
      '400',
      '9,999',
      '10K',
      '123K',
      '982M',
      '2.5B',
    ]);
  });
  it('never says zero for what is not known', () => {
    expect([formatCount(null), formatUsd(undefined), formatPercent(null), formatMs(null)]).toEqual(['—', '—', '—', '—']);
  });
  it('shows cents, and four decimals below one', () => {
    expect([0, 75.314, 1234.5, 0.0042, 0.00001].map(formatUsd)).toEqual(['$0.00', '$75.31', '$1,234.50', '$0.0042', '< $0.0001']);
  });
  it('does not round a percentage up to a hundred, nor down to nothing', () => {
    expect([99.999, 100, 98.5].map(formatPercent)).toEqual(['99.99%', '100%', '98.5%']);
    expect([0, 0.0014, 0.005].map(formatPercent)).toEqual(['0%', '< 0.01%', '0.01%']);
  });
});

describe('money', () => {
  it('is shown in cents, with a sign only where something is given back', () => {
    expect([0, 1234.5, -3.456, -0.001, 0.004].map(formatMoney)).toEqual(['$0.00', '$1,234.50', '−$3.46', '$0.00', '$0.00']);
  });
});

describe('times', () => {
  it('speaks the language of the page', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    expect(formatRelative('2026-11-21T11:57:00Z', 'en', now)).toBe('3 min. ago');
    expect(formatRelative('2026-11-21T11:57:00Z', 'zh', now)).toBe('3分钟前');
  });
  it('names a bucket in the zone of the books', () => {
    expect(formatBucket('2026-11-20T16:00:00Z', 'en', 'Asia/Shanghai', false)).toBe('Nov 21');
    expect(formatBucket('2026-11-20T16:00:00Z', 'en', 'Asia/Shanghai', true)).toBe('Nov 21, 00:00');
  });
  it('says a time by which something is over to the second, and never one that is too early', () => {
    const local = (...at: [number, number, number, number]) => new Date(2026, 10, ...at).toISOString();
    const nowMs = Date.parse(local(21, 13, 5, 0));
    expect(formatBound(local(21, 14, 5, 50), 'en', nowMs)).toBe('14:05:50');
    expect(formatBound(new Date(2026, 10, 21, 14, 5, 50, 1).toISOString(), 'zh', nowMs)).toBe('14:05:51');
    expect(formatBound(local(22, 0, 5, 0), 'en', nowMs)).toBe('00:05:00');
    expect(formatBound(local(23, 14, 5, 0), 'en', nowMs)).toBe('Nov 23, 14:05:00');
  });
});
