import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { changeGroup } from '../../../../test/plain-config.ts';
import { HandClock, Scene } from '../../../../test/settlement/scene.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetWindows } from '../settlement-tables.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

const zones = [
  'UTC',
  'Asia/Shanghai',
  'America/New_York',
  'Europe/London',
  'America/Havana',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Asia/Beirut',
  'Africa/Cairo',
  'Pacific/Chatham',
];

async function periods(period: 'day' | 'month', zone: string, from: string, to: string, step: string) {
  const rows = await pg.sql<Record<'starts' | 'ends' | 'at', string>[]>`
    SELECT starts, ends, at FROM generate_series(${from}::timestamptz, ${to}::timestamptz, ${step}::interval) AS at,
           LATERAL fleet_period(${period}, ${zone}, at)`;
  return rows.map(({ starts, ends, at }) => ({ starts: new Date(starts), ends: new Date(ends), at: new Date(at) }));
}

describe('days and months of a time zone', () => {
  it.each(zones)('hold every instant once in %s, without a gap or an overlap', async (zone) => {
    for (const period of ['day', 'month'] as const) {
      const rows = await periods(period, zone, '2010-01-01T00:10:00Z', '2027-12-31T00:00:00Z', '9 hours');
      let gaps = 0;
      for (const [n, row] of rows.entries()) {
        const next = rows[n + 1];
        if (row.at < row.starts || row.at >= row.ends) gaps += 1;
        if (next && next.starts > row.starts && next.starts.getTime() !== row.ends.getTime()) gaps += 1;
      }
      expect(rows).toHaveLength(
        Math.floor((Date.parse('2027-12-31T00:00:00Z') - Date.parse('2010-01-01T00:10:00Z')) / 32_400_000) + 1,
      );
      expect(gaps).toBe(0);
    }
  });

  it('have the odd lengths that clocks give them', async () => {
    const hours = async (zone: string, at: string) => {
      const [row] = await periods('day', zone, at, at, '1 day');
      return row ? (row.ends.getTime() - row.starts.getTime()) / 3_600_000 : undefined;
    };
    expect(await hours('Europe/London', '2026-03-29T12:00:00Z')).toBe(23);
    expect(await hours('Europe/London', '2026-10-25T12:00:00Z')).toBe(25);
    expect(await hours('Australia/Lord_Howe', '2026-10-04T00:00:00Z')).toBe(23.5);
    expect(await hours('Australia/Lord_Howe', '2026-04-04T20:00:00Z')).toBe(24.5);
  });

  it('leave out the day that Apia left out', async () => {
    const rows = await periods('day', 'Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-31T12:00:00Z', '1 hour');
    const days = [...new Set(rows.map(({ starts, ends }) => `${starts.toISOString()} ${ends.toISOString()}`))];
    expect(days).toEqual([
      '2011-12-29T10:00:00.000Z 2011-12-30T10:00:00.000Z',
      '2011-12-30T10:00:00.000Z 2011-12-31T10:00:00.000Z',
      '2011-12-31T10:00:00.000Z 2012-01-01T10:00:00.000Z',
    ]);
  });

  it('count the midnight that Havana has twice to the day before', async () => {
    const [early] = await periods('day', 'America/Havana', '2026-11-01T04:30:00Z', '2026-11-01T04:30:00Z', '1 day');
    expect(early?.ends.toISOString()).toBe('2026-11-01T05:00:00.000Z');
    const [late] = await periods('day', 'America/Havana', '2026-11-01T05:30:00Z', '2026-11-01T05:30:00Z', '1 day');
    expect(late?.starts.toISOString()).toBe('2026-11-01T05:00:00.000Z');
  });
});

async function stage(timeZone: string, at: string, window: 'day' | 'month' = 'day') {
  const scene = new Scene(pg, new HandClock(at));
  const group = await scene.group(timeZone);
  const quota = await scene.quota(group, 100, { window });
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const ask = async (next = false) => {
    const answer = await scene.settle(node, book, { open: [{ quota, subject: '', next, need: 0, target: 0 }] });
    const [opened] = answer.opened;
    return opened && `${opened.starts_at} ${opened.ends_at}`;
  };
  const turn = (zone: string) => changeGroup(pg.db, group, { timeZone: zone });
  const wins = async () => (await pg.db.select().from(fleetWindows).where(eq(fleetWindows.quotaId, quota))).map(({ win }) => win);
  return { scene, ask, turn, wins };
}

describe('windows', () => {
  it('are numbered once, on whichever replica and however often they are asked for', async () => {
    const { scene, ask, wins } = await stage('Asia/Shanghai', '2026-11-21T08:00:00Z');
    expect(await ask()).toBe('2026-11-20T16:00:00.000Z 2026-11-21T16:00:00.000Z');
    await Promise.all(Array.from({ length: 8 }, () => ask(true)));
    expect(await ask(true)).toBe('2026-11-21T16:00:00.000Z 2026-11-22T16:00:00.000Z');
    scene.clock.nowMs = Date.parse('2026-11-21T16:00:00Z');
    expect(await ask()).toBe('2026-11-21T16:00:00.000Z 2026-11-22T16:00:00.000Z');
    expect(await wins()).toHaveLength(2);
  });

  it('go on from where the last one ended when the time zone changes: none at the same time, none missing', async () => {
    const { scene, ask, turn } = await stage('Asia/Shanghai', '2026-11-21T08:00:00Z');
    await ask();
    await turn('America/New_York');
    expect(await ask()).toBe('2026-11-20T16:00:00.000Z 2026-11-21T16:00:00.000Z');
    expect(await ask(true)).toBe('2026-11-21T16:00:00.000Z 2026-11-22T05:00:00.000Z');
    scene.clock.nowMs = Date.parse('2026-11-21T17:00:00Z');
    expect(await ask()).toBe('2026-11-21T16:00:00.000Z 2026-11-22T05:00:00.000Z');
    scene.clock.nowMs = Date.parse('2026-11-22T06:00:00Z');
    expect(await ask()).toBe('2026-11-22T05:00:00.000Z 2026-11-23T05:00:00.000Z');
  });

  it('do not give a whole budget to the little that is left of a day', async () => {
    const { scene, ask, turn } = await stage('America/New_York', '2026-11-21T12:00:00Z');
    await ask();
    await turn('Asia/Shanghai');
    // Ends at 05:00 UTC, eleven hours before the midnight of Shanghai: too little for a window of its own.
    expect(await ask(true)).toBe('2026-11-22T05:00:00.000Z 2026-11-23T16:00:00.000Z');
    scene.clock.nowMs = Date.parse('2026-11-22T17:00:00Z');
    expect(await ask()).toBe('2026-11-22T05:00:00.000Z 2026-11-23T16:00:00.000Z');
  });

  it('of months move their bounds by the hours between the zones', async () => {
    const { scene, ask, turn } = await stage('Asia/Shanghai', '2026-11-21T12:00:00Z', 'month');
    expect(await ask()).toBe('2026-10-31T16:00:00.000Z 2026-11-30T16:00:00.000Z');
    await turn('America/New_York');
    scene.clock.nowMs = Date.parse('2026-11-30T20:00:00Z');
    expect(await ask()).toBe('2026-11-30T16:00:00.000Z 2027-01-01T05:00:00.000Z');
  });

  it('never overlap', async () => {
    expect(await checkInvariants(new Scene(pg).ctx)).toEqual([]);
  });
});
