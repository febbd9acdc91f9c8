import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutTime, type Granularity, nextBoundaryMs } from './cut-time.ts';

const zones = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'America/New_York',
  'America/Santiago',
  'America/St_Johns',
  'Europe/Berlin',
  'Europe/London',
  'Africa/Cairo',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
];
const hourMs = 3_600_000;
const zone = fc.constantFrom(...zones);
const granularity = fc.constantFrom<Granularity>('hour', 'day', 'month');
const instantMs = fc.integer({ min: Date.UTC(2009, 0, 1), max: Date.UTC(2037, 0, 1) });
const stepMs: Record<Granularity, number> = { hour: hourMs, day: 24 * hourMs, month: 30 * 24 * hourMs };

/** The label of an instant on the wall, read with Intl in another way than the code under test does. */
function label(timeZone: string, unit: Granularity, atMs: number): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(atMs);
  return text.slice(0, { hour: 13, day: 10, month: 7 }[unit]);
}

test('cuts a range into rising edges from its start to its end, without gap or overlap', () => {
  fc.assert(
    fc.property(zone, granularity, instantMs, fc.integer({ min: 1, max: 40 }), (tz, unit, startMs, length) => {
      const endMs = startMs + length * stepMs[unit];
      const edges = cutTime(tz, unit, startMs, endMs, 1000) ?? [];
      expect(edges[0]).toBe(startMs);
      expect(edges.at(-1)).toBe(endMs);
      for (const [i, edge] of edges.entries()) if (i > 0) expect(edge).toBeGreaterThan(edges[i - 1] ?? Infinity);
    }),
  );
});

test('puts every boundary where the label on the wall changes, and nowhere else', () => {
  fc.assert(
    fc.property(zone, granularity, instantMs, (tz, unit, atMs) => {
      const boundaryMs = nextBoundaryMs(tz, unit, atMs);
      expect(label(tz, unit, boundaryMs)).not.toBe(label(tz, unit, boundaryMs - 1));
      // Clocks that go back show an hour of their past twice; days and months have one label throughout.
      for (const share of [0, 0.25, 0.5, 0.75]) {
        const insideMs = Math.floor(atMs + (boundaryMs - 1 - atMs) * share);
        if (unit !== 'hour') expect(label(tz, unit, insideMs)).toBe(label(tz, unit, atMs));
      }
    }),
    { numRuns: 300 },
  );
});

test('gives every calendar day of a year exactly one bucket', () => {
  for (const tz of zones) {
    for (const year of [2011, 2024, 2026]) {
      const from = cutTime(tz, 'month', Date.UTC(year - 1, 11, 20), Date.UTC(year + 1, 0, 10), 20)?.slice(1, -1) ?? [];
      const startMs = from[0] ?? 0;
      const days = cutTime(tz, 'day', startMs, from.at(-1) ?? 0, 1000) ?? [];
      const labels = days.slice(0, -1).map((atMs) => label(tz, 'day', atMs));
      expect(new Set(labels).size).toBe(labels.length);
      // Samoa crossed the date line in 2011 and left out 30 December.
      const skipped = tz === 'Pacific/Apia' && year === 2011 ? 1 : 0;
      expect(labels.length).toBe((year % 4 === 0 ? 366 : 365) - skipped);
    }
  }
});
