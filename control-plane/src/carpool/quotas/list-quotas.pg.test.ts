import { newQuota } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import type { Ctx } from '../../kernel/index.ts';
import { getGroup } from '../groups/read-groups.ts';
import type { CarpoolPorts, QuotaState, UseAsked } from '../ports.ts';
import { getTrend } from './days-of-use.ts';
import { listQuotas } from './list-quotas.ts';
import { setGroupQuota } from './set-group-quota.ts';
import { setQuota } from './set-quota.ts';
import { getUserQuota } from './user-quota.ts';
import { withGroupUse, withKeyUse } from './with-use.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

/** An hour before the month ends in Shanghai. */
const clock = { now: () => new Date('2026-11-30T15:00:00Z') };
const page = { page: 1, limit: 100 };
const set = (ctx: Ctx, groupId: string, wish: object) =>
  setQuota(ctx, groupId, newQuota.parse({ of: 'group', unit: 'tokens', window: 'month', limit: 1000, ...wish }));

type Books = Pick<CarpoolPorts, 'readQuotaState' | 'readDaysOfUse' | 'readUnpriced'>;
const used = (quotaId: string, subject: string, amount: number, promised = 0): QuotaState => ({
  ...{ quotaId, subject, used: amount, promised, limit: 1, isReached: false },
  ...{ startsAt: new Date('2026-10-31T16:00:00Z'), endsAt: new Date('2026-11-30T16:00:00Z') },
});
const booksOf = (...states: QuotaState[]): Books & { asked: UseAsked[] } => {
  const asked: UseAsked[] = [];
  return {
    asked,
    readUnpriced: async () => [],
    readQuotaState: async (_db, ids) => states.filter(({ quotaId }) => ids.includes(quotaId)),
    readDaysOfUse: async (_db, ask) => {
      asked.push(ask);
      const first = new Date(ask.sinceAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
      const days = [
        { day: '2026-10-31', tokens: 5000, costNanoUsd: 7 },
        { day: '2026-11-01', tokens: 300, costNanoUsd: 2_500_000_000 },
        { day: '2026-11-30', tokens: 40, costNanoUsd: 0 },
      ];
      return days.filter(({ day }) => day >= first);
    },
  };
};

async function team() {
  const manager = await newPerson(pg, 'group_manager', { clock });
  const [ann, bob] = [await newPerson(pg, 'group_member', { clock }), await newPerson(pg, 'group_member', { clock })];
  const group = await makeGroup(manager, { enabled_services: ['claude', 'gemini'], time_zone: 'Asia/Shanghai' });
  await join(ann, group);
  await join(bob, group);
  return { manager, ann, bob, group };
}

describe('listQuotas', () => {
  it('names models without a price that its quotas in dollars do not count, and asks for none without such a quota', async () => {
    const { manager, group } = await team();
    const since: string[] = [];
    const readUnpriced: CarpoolPorts['readUnpriced'] = async (_db, _group, at) => {
      since.push(at.toISOString());
      return ['claude', 'gemini'].map((service) => ({ service, model: 'm', requests: 3 }));
    };
    const listed = async () => (await listQuotas(manager, { ...booksOf(), readUnpriced }, group.id, page)).unpriced;
    await set(manager, group.id, {});
    expect([await listed(), since]).toEqual([[], []]);
    await set(manager, group.id, { unit: 'usd', limit: 5, service_name: 'gemini' });
    expect(await listed()).toEqual([{ service_name: 'gemini', model: 'm', requests: 3 }]);
    await set(manager, group.id, { unit: 'usd', limit: 5, window: 'day' });
    expect(await listed()).toHaveLength(2);
    expect(since).toEqual(['2026-10-31T16:00:00.000Z', '2026-10-31T16:00:00.000Z']);
  });

  it('calls a quota reached that has a rest which no request fits into, unless that was of another limit', async () => {
    const { manager, group } = await team();
    const { id } = await set(manager, group.id, {});
    const stateUnder = async (limit: number) => {
      const books = booksOf({ ...used(id, '', 980), limit, isReached: true });
      return (await listQuotas(manager, books, group.id, page)).quotas[0]?.use[0]?.state;
    };
    expect([await stateUnder(1000), await stateUnder(990)]).toEqual(['reached', 'near']);
  });

  it('says of each part what is used, promised and left, and when it begins anew', async () => {
    const { manager, ann, bob, group } = await team();
    const whole = await set(manager, group.id, {});
    const each = await set(manager, group.id, { of: 'member', window: 'day', limit: 200, alert_percent: 50 });
    const his = await set(manager, group.id, { of: 'member', window: 'day', limit: 900, subject: bob.userId });
    const books = booksOf(used(whole.id, '', 300, 20), used(each.id, ann.userId, 100), used(his.id, bob.userId, 950));
    const { quotas, total, time_zone } = await listQuotas(manager, books, group.id, page);
    expect([total, time_zone]).toEqual([3, 'Asia/Shanghai']);
    expect(quotas.map(({ id }) => id)).toEqual([whole.id, each.id, his.id]);
    expect(quotas[0]?.use).toEqual([
      {
        subject: null,
        subject_name: null,
        limit: 1000,
        used: 300,
        promised: 20,
        left: 700,
        percent: 30,
        state: 'ok',
        starts_at: '2026-10-31T16:00:00.000Z',
        resets_at: '2026-11-30T16:00:00.000Z',
      },
    ]);
    const ofEach = new Map(quotas[1]?.use.map((one) => [one.subject, one]));
    expect([...ofEach.keys()].sort()).toEqual([manager.userId, ann.userId].sort());
    expect(ofEach.get(ann.userId)).toMatchObject({ used: 100, state: 'near' });
    expect(ofEach.get(manager.userId)).toMatchObject({
      used: 0,
      starts_at: '2026-11-29T16:00:00.000Z',
      resets_at: '2026-11-30T16:00:00.000Z',
    });
    expect(quotas[2]).toMatchObject({
      subject_name: 'A person',
      use: [{ used: 950, left: 0, percent: 105.56, state: 'reached' }],
    });
  });

  it('shows a member the group and himself, and a stranger nothing', async () => {
    const { manager, ann, bob, group } = await team();
    const key = await makeKey(ann, { group_id: group.id as never, token_limit: 50 });
    const other = await makeKey(bob, { group_id: group.id as never, token_limit: 60 });
    await set(manager, group.id, {});
    await set(manager, group.id, { of: 'member', limit: 100 });
    await set(manager, group.id, { of: 'member', limit: 90, subject: bob.userId });
    await set(manager, group.id, { of: 'key', window: 'day', limit: 10 });
    const { quotas, total } = await listQuotas(ann, booksOf(), group.id, page);
    expect(total).toBe(4);
    expect(quotas.map(({ of, subject, use }) => [of, subject, use.map((one) => one.subject)])).toEqual([
      ['group', null, [null]],
      ['member', null, [ann.userId]],
      ['key', null, [key.id]],
      ['key', key.id, [key.id]],
    ]);
    expect(JSON.stringify(quotas)).not.toContain(bob.userId);
    expect(JSON.stringify(quotas)).not.toContain(other.id);
    await expect(listQuotas(await newPerson(pg), booksOf(), group.id, page)).rejects.toMatchObject({ status: 404 });
    await expect(listQuotas(testCtx(pg, { kind: 'anonymous' }), booksOf(), group.id, page)).rejects.toMatchObject({
      status: 401,
    });
    const second = await listQuotas(manager, booksOf(), group.id, { page: 2, limit: 3 });
    expect([second.quotas.length, second.total]).toEqual([3, 6]);
  });
});

describe('getUserQuota', () => {
  it('says in the words of the requirement what is left, and lists every quota that counts him', async () => {
    const { manager, ann, group } = await team();
    const whole = await set(manager, group.id, { limit: 1000 });
    const each = await set(manager, group.id, { of: 'member', limit: 400 });
    await set(manager, group.id, { of: 'member', unit: 'usd', limit: 5, service_name: 'gemini' });
    await setGroupQuota(manager, group.id, {
      allowed_models: ['claude-*'],
      rate_limits: { requests_per_minute: 30, tokens_per_hour: 6000 },
      max_keys_per_user: 2,
    });
    const key = await makeKey(ann, { name: 'Laptop', group_id: group.id as never, token_limit: 50 });
    const books = booksOf(used(whole.id, '', 950), used(each.id, ann.userId, 150));
    const { groups } = await getUserQuota(ann, books);
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      group_id: group.id,
      group_name: 'A group',
      quota: {
        token_limit: 400,
        tokens_used: 150,
        tokens_remaining: 50,
        max_keys: 2,
        keys_created: 1,
        reset_date: '2026-11-30T16:00:00.000Z',
      },
      restrictions: { allowed_models: ['claude-*'], rate_limits: { requests_per_minute: 30, tokens_per_hour: 6000 } },
    });
    expect(
      groups[0]?.limits.map(({ of, subject_name, unit, service_name, left }) => [of, subject_name, unit, service_name, left]),
    ).toEqual([
      ['group', null, 'tokens', null, 50],
      ['member', null, 'tokens', null, 250],
      ['member', null, 'usd', 'gemini', 5],
      ['key', 'Laptop', 'tokens', null, 50],
    ]);
    expect(groups[0]?.limits[3]).toMatchObject({ subject: key.id, starts_at: null, resets_at: null });
    expect(groups[0]?.days).toHaveLength(30);
    expect(groups[0]?.days.at(-1)).toEqual({ date: '2026-11-30', tokens: 40, cost: 0 });
    expect(books.asked).toMatchObject([{ groupId: group.id, userId: ann.userId, timeZone: 'Asia/Shanghai' }]);
  });

  it('without limits says what was used this month', async () => {
    const { ann, group } = await team();
    const { groups } = await getUserQuota(ann, booksOf());
    expect(groups[0]).toMatchObject({
      group_id: group.id,
      quota: { token_limit: null, tokens_used: 340, tokens_remaining: null, reset_date: null },
      restrictions: { allowed_models: ['*'], rate_limits: { requests_per_minute: null, tokens_per_hour: null } },
      limits: [],
    });
    await expect(getUserQuota(testCtx(pg), booksOf())).rejects.toMatchObject({ status: 403 });
  });
});

describe('getTrend', () => {
  it('gives 30 days of the unit of the quota, of the one who may be shown', async () => {
    const { manager, ann, bob, group } = await team();
    const cost = await set(manager, group.id, { unit: 'usd', limit: 5, service_name: 'claude' });
    const books = booksOf();
    const trend = await getTrend(manager, books, { groupId: group.id, quotaId: cost.id });
    expect(trend).toMatchObject({ unit: 'usd', time_zone: 'Asia/Shanghai' });
    expect(trend.days).toHaveLength(30);
    expect(trend.days[0]).toEqual({ date: '2026-11-01', used: 2.5 });
    const each = await set(manager, group.id, { of: 'member', limit: 5 });
    await getTrend(manager, books, { groupId: group.id, quotaId: each.id, subject: bob.userId });
    await getTrend(ann, books, { groupId: group.id, quotaId: each.id });
    await getTrend(manager, books, { groupId: group.id, quotaId: each.id });
    expect(books.asked.map(({ service, userId }) => [service, userId])).toEqual([
      ['claude', undefined],
      [undefined, bob.userId],
      [undefined, ann.userId],
      [undefined, undefined],
    ]);
    const stranger = getTrend(ann, books, { groupId: group.id, quotaId: each.id, subject: bob.userId });
    await expect(stranger).rejects.toMatchObject({ status: 404, code: 'quota_unknown' });
    await expect(getTrend(ann, books, { groupId: group.id, quotaId: 'quo_none' })).rejects.toMatchObject({ status: 404 });
  });
});

describe('use of groups and keys', () => {
  it('stands in their views', async () => {
    const { manager, ann, group } = await team();
    const detail = await getGroup(manager, group.id);
    expect((await withGroupUse(manager, booksOf(), detail)).quota_usage.total_tokens_used).toBe(340);
    const whole = await set(manager, group.id, {});
    const books = booksOf(used(whole.id, '', 77));
    expect((await withGroupUse(manager, books, detail)).quota_usage.total_tokens_used).toBe(77);
    const { api_key: _, ...key } = await makeKey(ann, { group_id: group.id as never, token_limit: 50 });
    const { api_key: __, ...free } = await makeKey(ann, { group_id: group.id as never });
    const { quotas } = await listQuotas(ann, booksOf(), group.id, page);
    const rule = quotas.find(({ subject }) => subject === key.id);
    const shown = await withKeyUse(ann, booksOf(used(rule?.id ?? '', key.id, 12)), [key, free]);
    expect(shown.map(({ tokens_used }) => tokens_used)).toEqual([12, null]);
  });
});
