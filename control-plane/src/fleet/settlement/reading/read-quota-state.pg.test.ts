import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { fleetHourlyTotals, fleetWindows } from '../../tables.ts';
import { readDaysOfUse } from './read-days-of-use.ts';
import { readQuotaState } from './read-quota-state.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

const at = (text: string) => new Date(text);

describe('readQuotaState', () => {
  it('gives the windows that hold the instant, and of two the one that began later', async () => {
    const window = (over: object) => ({
      ...{ quotaId: 'quo_a', groupId: 'grp_a', subject: '', unit: 'tokens' as const, window: 'day' as const },
      ...{ limit: 100, limitPeak: 100, granted: 70, returned: 10, spent: 25, startsAt: null, endsAt: null },
      ...over,
    });
    await pg.db
      .insert(fleetWindows)
      .values([
        window({ startsAt: at('2026-11-20T00:00:00Z'), endsAt: at('2026-11-21T00:00:00Z'), spent: 1 }),
        window({ startsAt: at('2026-11-21T00:00:00Z'), endsAt: at('2026-11-22T00:00:00Z'), spent: 2 }),
        window({ startsAt: at('2026-11-21T08:00:00Z'), endsAt: at('2026-11-22T08:00:00Z'), toldPercent: 100 }),
        window({ startsAt: at('2026-11-22T08:00:00Z'), endsAt: at('2026-11-23T08:00:00Z'), spent: 3 }),
        window({ quotaId: 'quo_b', subject: 'usr_b', granted: 30, returned: 0, spent: 40, window: 'total' }),
        window({ quotaId: 'quo_other' }),
      ]);
    const states = await readQuotaState(pg.db, ['quo_a', 'quo_b', 'quo_none'], at('2026-11-21T12:00:00Z'));
    expect(states).toEqual(
      expect.arrayContaining([
        {
          quotaId: 'quo_a',
          subject: '',
          startsAt: at('2026-11-21T08:00:00Z'),
          endsAt: at('2026-11-22T08:00:00Z'),
          limit: 100,
          used: 25,
          promised: 35,
          isReached: true,
        },
        { quotaId: 'quo_b', subject: 'usr_b', startsAt: null, endsAt: null, limit: 100, used: 40, promised: 0, isReached: false },
      ]),
    );
    expect(states).toHaveLength(2);
    expect(await readQuotaState(pg.db, [], at('2026-11-21T12:00:00Z'))).toEqual([]);
  });
});

describe('readDaysOfUse', () => {
  it('adds up by the days of the time zone, narrowed as asked', async () => {
    const row = (hour: string, over: object = {}) => ({
      ...{
        hourAt: at(hour),
        groupId: 'grp_a',
        userId: 'usr_a',
        keyId: 'key_a',
        service: 'claude',
        model: 'm',
        upstreamId: 'ups_a',
      },
      ...{ priceVersion: '', durations: {} as never, input: 1, cacheRead: 10, cacheWrite: 100, output: 1000, costNanoUsd: 5 },
      ...over,
    });
    await pg.db
      .insert(fleetHourlyTotals)
      .values([
        row('2026-11-20T15:00:00Z'),
        row('2026-11-20T16:00:00Z'),
        row('2026-11-21T01:00:00Z', { userId: 'usr_b', service: 'gemini' }),
        row('2026-11-01T00:00:00Z'),
        row('2026-11-20T16:00:00Z', { groupId: 'grp_b' }),
      ]);
    const ask = { groupId: 'grp_a', sinceAt: at('2026-11-10T00:00:00Z'), timeZone: 'Asia/Shanghai' };
    expect(await readDaysOfUse(pg.db, ask)).toEqual([
      { day: '2026-11-20', tokens: 1111, costNanoUsd: 5 },
      { day: '2026-11-21', tokens: 2222, costNanoUsd: 10 },
    ]);
    const ofOne = { day: '2026-11-21', tokens: 1111, costNanoUsd: 5 };
    expect(await readDaysOfUse(pg.db, { ...ask, userId: 'usr_b' })).toEqual([ofOne]);
    expect(await readDaysOfUse(pg.db, { ...ask, service: 'gemini' })).toEqual([ofOne]);
    expect(await readDaysOfUse(pg.db, { ...ask, keyId: 'key_none' })).toEqual([]);
    expect(await readDaysOfUse(pg.db, { ...ask, timeZone: 'UTC' })).toEqual([
      { day: '2026-11-20', tokens: 2222, costNanoUsd: 10 },
      ofOne,
    ]);
  });
});
