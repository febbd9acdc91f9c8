import type { AlertId } from '@aicarpool/shared-protocol';
import { newQuota } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../../test/pg.ts';
import type { Ctx } from '../../../kernel/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { listEvents } from '../../traffic/read-events.ts';
import { changeQuota, setQuota } from '../set-quota.ts';
import { acknowledgeAlert, listAlerts } from './alerts.ts';
import { forgetAlerts } from './forget-alerts.ts';
import { noteQuotaUse } from './note-quota-use.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const page = { page: 1, limit: 100 };
const startsAt = new Date('2026-11-21T00:00:00Z');
const endsAt = new Date('2026-11-22T00:00:00Z');
let nowMs = Date.parse('2026-11-21T12:00:00Z');
const clock = {
  now() {
    nowMs += 1;
    return new Date(nowMs);
  },
};

async function team() {
  const manager = await newPerson(pg, 'group_manager', { clock });
  const [ann, bob] = [await newPerson(pg, 'group_member', { clock }), await newPerson(pg, 'group_member', { clock })];
  const group = await makeGroup(manager);
  await join(ann, group);
  await join(bob, group);
  const set = (wish: object) =>
    setQuota(manager, group.id, newQuota.parse({ of: 'group', unit: 'tokens', window: 'day', limit: 1000, ...wish }));
  return { manager, ann, bob, group, set };
}

const note = (quotaId: string, used: number, subject = '', over: object = {}) =>
  noteQuotaUse(pg.db, { clock }, [{ quotaId, subject, used, limit: 1000, isReached: false, startsAt, endsAt, ...over }]);
const seen = async (ctx: Ctx, query: object = {}) =>
  (await listAlerts(ctx, { ...page, ...query })).alerts.map(({ level, of, used }) => `${of} ${level} ${used}`);

describe('noteQuotaUse', () => {
  it('raises an alert once for each window, subject, limit and level, with an event', async () => {
    const { manager, group, set } = await team();
    const quota = await set({ alert_percent: 90 });
    for (const amount of [0, 899, 900, 950, 999, 900, 1000, 1200]) await note(quota.id, amount);
    expect(await seen(manager)).toEqual(['group reached 1000', 'group near 900']);
    const { events } = await listEvents(manager, { ...page, groupId: group.id });
    expect(events.map(({ kind, reason, until }) => [kind, reason, until])).toEqual([
      ['quota_reached', 'group_day', endsAt.toISOString()],
      ['quota_near', 'group_day', endsAt.toISOString()],
    ]);
    await note(quota.id, 950, '', { startsAt: endsAt, endsAt: null });
    expect(await seen(manager)).toHaveLength(3);
    await changeQuota(manager, group.id, quota.id, { limit: 2000 });
    await note(quota.id, 1200);
    expect(await seen(manager)).toHaveLength(3);
    await note(quota.id, 1850);
    expect((await listAlerts(manager, page)).alerts[0]).toMatchObject({
      level: 'near',
      limit: 2000,
      used: 1850,
      percent: 92.5,
      kind: 'quota',
      group_name: 'A group',
      subject: null,
      resets_at: endsAt.toISOString(),
      acknowledged_at: null,
    });
  });

  it('raises `reached` where a rest is left that no request fits into, as long as the limit is the same', async () => {
    const { manager, group, set } = await team();
    const quota = await set({});
    await note(quota.id, 980, '', { isReached: true });
    expect(await seen(manager)).toEqual(['group reached 980']);
    await changeQuota(manager, group.id, quota.id, { limit: 1020 });
    await note(quota.id, 980, '', { isReached: true });
    expect(await seen(manager)).toEqual(['group near 980', 'group reached 980']);
  });

  it('says nothing of quotas that are gone or allow nothing', async () => {
    const { manager, set } = await team();
    await note('quo_gone', 5);
    await note((await set({ limit: 0 })).id, 5);
    expect(await seen(manager)).toEqual([]);
  });
});

describe('forgetAlerts', () => {
  it('lets go what is older than 400 days', async () => {
    const { manager, set } = await team();
    const quota = await set({});
    await note(quota.id, 800);
    const in399 = { now: () => new Date(nowMs + 399 * 86_400_000) };
    await forgetAlerts({ ...manager, clock: in399 });
    expect(await seen(manager)).toHaveLength(1);
    await forgetAlerts({ ...manager, clock: { now: () => new Date(nowMs + 401 * 86_400_000) } });
    expect(await seen(manager)).toEqual([]);
  });
});

describe('listAlerts', () => {
  it('shows managers all of a group, members what concerns everybody or themselves', async () => {
    const { manager, ann, bob, group, set } = await team();
    const whole = await set({});
    const each = await set({ of: 'member', limit: 100 });
    const key = await makeKey(ann, { group_id: group.id as never, token_limit: 40 });
    const keys = await set({ of: 'key', limit: 50 });
    await note(whole.id, 800);
    await note(each.id, 90, ann.userId);
    await note(each.id, 100, bob.userId);
    await note(keys.id, 50, key.id);
    expect((await seen(manager)).sort()).toEqual(['group near 800', 'key reached 50', 'member near 90', 'member reached 100']);
    expect((await seen(ann)).sort()).toEqual(['group near 800', 'key reached 50', 'member near 90']);
    expect((await seen(bob)).sort()).toEqual(['group near 800', 'member reached 100']);
    expect(await seen(await newPerson(pg))).toEqual([]);
    expect((await seen(await newPerson(pg, 'admin'), { group_id: group.id })).length).toBe(4);
    const { events } = await listEvents(bob, { ...page, groupId: group.id });
    expect(events.map(({ reason }) => reason).sort()).toEqual(['group_day', 'member_day']);
    const { alerts } = await listAlerts(manager, page);
    expect(alerts.map(({ subject_name }) => subject_name).sort()).toEqual(['A key', 'A person', 'A person', null]);
    await expect(listAlerts(testCtx(pg, { kind: 'anonymous' }), page)).rejects.toMatchObject({ status: 401 });
  });
});

describe('acknowledgeAlert', () => {
  it('is for managers and for whom it concerns; the first stays', async () => {
    const { manager, ann, bob, set } = await team();
    const each = await set({ of: 'member', limit: 100 });
    const whole = await set({});
    await note(each.id, 90, ann.userId);
    await note(whole.id, 1000);
    const [ofAnn] = (await listAlerts(ann, page)).alerts.filter(({ of }) => of === 'member');
    const [ofGroup] = (await listAlerts(ann, page)).alerts.filter(({ of }) => of === 'group');
    const [his, all] = [ofAnn?.id as AlertId, ofGroup?.id as AlertId];
    expect([ofAnn?.can_acknowledge, ofGroup?.can_acknowledge]).toEqual([true, false]);
    expect((await listAlerts(manager, page)).alerts.every(({ can_acknowledge }) => can_acknowledge)).toBe(true);
    for (const [ctx, id] of [
      [bob, his],
      [ann, all],
      [await newPerson(pg), all],
    ] as const)
      await expect(acknowledgeAlert(ctx, id)).rejects.toMatchObject({ status: 404, code: 'alert_unknown' });
    const done = await acknowledgeAlert(ann, his);
    expect(done).toMatchObject({ acknowledged_at: expect.stringMatching(/^2026-11-21T12/), acknowledged_by: 'A person' });
    const later = { ...manager, clock: { now: () => endsAt } };
    expect(await acknowledgeAlert(later, his)).toEqual(done);
    expect(await seen(manager, { status: 'open' })).toEqual(['group reached 1000']);
    expect(await seen(manager, { status: 'acknowledged' })).toEqual(['member near 90']);
    expect(await seen(later, { status: 'open' })).toEqual([]);
    const rows = await pg.db.select().from(kernelAudit);
    expect(rows.filter(({ action }) => action === 'carpool.alert.acknowledge')).toMatchObject([
      { targetId: his, actorId: ann.userId },
    ]);
  });
});
