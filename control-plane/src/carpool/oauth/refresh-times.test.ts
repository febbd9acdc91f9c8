import { describe, expect, it } from 'vitest';
import { refreshAt, retryAt } from './refresh-times.ts';

const now = new Date('2026-11-21T00:00:00Z');
const secondsUntil = (at: Date | null) => (at === null ? null : (at.getTime() - now.getTime()) / 1000);

describe('refreshAt', () => {
  it('is a fifth of the life before the end, five minutes at least, half of a short life', () => {
    expect(secondsUntil(refreshAt(now, 8 * 3600, 0))).toBe(8 * 3600 * 0.8);
    expect(secondsUntil(refreshAt(now, 1000, 0))).toBe(700);
    expect(secondsUntil(refreshAt(now, 60, 0))).toBe(30);
  });

  it('comes earlier by chance, never after the token ended, and never for one without an end', () => {
    expect(secondsUntil(refreshAt(now, 1000, 0.999))).toBeLessThan(700);
    expect(secondsUntil(refreshAt(now, 0, 0.5))).toBe(0);
    expect(secondsUntil(refreshAt(now, -5, 0.5))).toBe(0);
    expect(refreshAt(now, null, 0.5)).toBeNull();
  });
});

describe('retryAt', () => {
  it('doubles from 30 s to 15 minutes, and spreads', () => {
    expect([1, 2, 3, 6, 60].map((failures) => secondsUntil(retryAt(now, failures, 0)))).toEqual([30, 60, 120, 900, 900]);
    expect(secondsUntil(retryAt(now, 1, 1))).toBe(45);
  });
});
