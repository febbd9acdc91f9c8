import type { GroupId } from '@aicarpool/shared-protocol';
import { changedQuota, newQuota, quotaChange } from '@aicarpool/shared-protocol/console';
import { eq, like } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readQuotas } from '../facts.ts';
import { closeGroup } from '../groups/close-group.ts';
import { carpoolModels } from '../tables.ts';
import { listChanges } from './list-changes.ts';
import { readRules } from './rules/read-rules.ts';
import { changeQuota, removeQuota, setQuota } from './set-quota.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const day = { of: 'group', unit: 'tokens', window: 'day', limit: 1000 };
const set = (ctx: Ctx, groupId: string, wish: object) => setQuota(ctx, groupId, newQuota.parse({ ...day, ...wish }));
const change = (ctx: Ctx, groupId: string, id: string, wish: object) => changeQuota(ctx, groupId, id, quotaChange.parse(wish));
const history = (ctx: Ctx, groupId: string) => listChanges(ctx, { groupId, page: 1, limit: 100 });
const rulesOf = (group: { id: string }) => readRules(pg.db, group.id as GroupId);

async function team() {
  const [manager, member] = [await newPerson(pg), await newPerson(pg, 'group_member')];
  const group = await makeGroup(manager, { enabled_services: ['claude', 'gemini'] });
  await join(member, group);
  return { manager, member, group };
}

describe('setQuota', () => {
  it('writes a rule that nodes are told of, its history and its audit in one transaction', async () => {
    const { manager, group } = await team();
    const start = await currentHead(pg.db);
    const made = await set(manager, group.id, {
      unit: 'usd',
      window: 'month',
      limit: 12.5,
      mode: 'hard',
      strict: true,
      reason: 'our budget',
    });
    expect(made).toMatchObject({
      unit: 'usd',
      limit: 12.5,
      mode: 'hard',
      strict: true,
      alert_percent: 80,
      origin: 'quota',
      warnings: [],
    });
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [group.id], start.head, head)).toMatchObject([{ kind: 'quota', id: made.id, op: 'u' }]);
    const [fact] = await readQuotas(pg.db, [made.id]);
    expect(fact).toMatchObject({
      alertPercent: 80,
      quota: { unit: 'nano_usd', limit: 12_500_000_000, mode: 'hard', strict: true },
    });
    const [audited] = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, made.id));
    expect(audited).toMatchObject({
      action: 'carpool.quota.set',
      groupId: group.id,
      before: null,
      after: { limit: 12.5, reason: 'our budget' },
    });
    const { changes } = await history(manager, group.id);
    expect(changes).toMatchObject([
      {
        quota_id: made.id,
        before: null,
        after: { limit: 12.5 },
        reason: 'our budget',
        by: { id: manager.userId, name: 'A person' },
      },
    ]);
  });

  it('warns where a quota in dollars will not see models that have no price', async () => {
    const { manager, group } = await team();
    const model = (name: string) => ({ serviceId: 'claude', model: name, displayName: name, priceVersion: 'unpriced' });
    const models = ['a', 'b'].map((name) => ({
      ...model(`unpriced-${name}`),
      priceOrigin: 'admin' as const,
      updatedAt: new Date(0),
    }));
    await pg.db.insert(carpoolModels).values(models);
    onTestFinished(async () => void (await pg.db.delete(carpoolModels).where(like(carpoolModels.model, 'unpriced-%'))));
    const warningsOf = async (wish: object) => (await set(manager, group.id, wish)).warnings;
    const { warning_codes: codes } = await set(manager, group.id, { unit: 'usd', limit: 4 });
    expect(codes).toMatchObject([{ code: 'models_unpriced', params: { models: 'unpriced-a, unpriced-b', more: 0 }, about: [] }]);
    expect(await warningsOf({ unit: 'usd', limit: 5 })).toEqual([
      'no price is known of unpriced-a, unpriced-b: requests to them cost nothing here; set their prices',
    ]);
    expect(await warningsOf({ unit: 'usd', limit: 5, service_name: 'gemini' })).toEqual([]);
    expect(await warningsOf({ unit: 'tokens' })).toEqual([]);
  });

  it('replaces the rule that counts the same, and finds its number again after it was removed', async () => {
    const { manager, group } = await team();
    const first = await set(manager, group.id, {});
    const second = await set(manager, group.id, { limit: 5000 });
    expect(second.id).toBe(first.id);
    expect(await rulesOf(group)).toHaveLength(1);
    await removeQuota(manager, group.id, first.id, 'no longer');
    expect(await rulesOf(group)).toEqual([]);
    expect((await set(manager, group.id, {})).id).toBe(first.id);
    const { changes, total } = await history(manager, group.id);
    expect(total).toBe(4);
    expect(changes.map(({ before, after, reason }) => [before?.limit ?? null, after?.limit ?? null, reason])).toEqual([
      [null, 1000, null],
      [5000, null, 'no longer'],
      [1000, 5000, null],
      [null, 1000, null],
    ]);
  });

  it('refuses parts that are more than the whole, and warns where members may use more together', async () => {
    const { manager, member, group } = await team();
    await set(manager, group.id, { limit: 1000 });
    const refused = (wish: object) =>
      set(manager, group.id, wish).then(
        () => 'taken',
        ({ status, code }) => [status, code],
      );
    expect(await refused({ of: 'member', limit: 1001 })).toEqual([400, 'quota_over_group']);
    expect(await refused({ of: 'member', subject: member.userId, limit: 2000 })).toEqual([400, 'quota_over_group']);
    expect(await refused({ service_name: 'claude', limit: 1001 })).toEqual([400, 'services_over_group']);
    await set(manager, group.id, { service_name: 'claude', limit: 600 });
    expect(await refused({ service_name: 'gemini', limit: 500 })).toEqual([400, 'services_over_group']);
    const key = await makeKey(member, { group_id: group.id as never });
    await set(manager, group.id, { of: 'member', subject: member.userId, limit: 300 });
    expect(await refused({ of: 'key', subject: key.id, limit: 301 })).toEqual([400, 'quota_over_member']);
    const made = await set(manager, group.id, { of: 'member', limit: 800 });
    expect(made.warnings).toEqual([expect.stringContaining('1.1 times')]);
    const [whole, , each, his] = (await rulesOf(group)).map(({ id }) => id);
    expect(changedQuota.parse(made).warning_codes).toEqual([
      {
        code: 'members_over_group',
        message: made.warnings[0],
        params: { unit: 'tokens', window: 'day', service_name: '', limit: 1000, sum: 1100, times: 1.1 },
        about: [whole, his, each],
      },
    ]);
    expect(await refused({ limit: 700 })).toEqual([400, 'quota_over_group']);
    expect((await rulesOf(group)).map(({ limit }) => limit)).toEqual([1000, 600, 800, 300]);
  });

  it('knows only members, keys and services of the group, and whole tokens', async () => {
    const { manager, group } = await team();
    const elsewhere = await team();
    const key = await makeKey(elsewhere.member, { group_id: elsewhere.group.id as never });
    const refused = (wish: object) =>
      set(manager, group.id, wish).then(
        () => 'taken',
        ({ code }) => code,
      );
    expect(await refused({ of: 'member', subject: elsewhere.member.userId })).toBe('subject_unknown');
    expect(await refused({ of: 'key', subject: key.id })).toBe('subject_unknown');
    expect(await refused({ of: 'group', subject: manager.userId })).toBe('subject_unknown');
    expect(await refused({ service_name: 'ampcode' })).toBe('service_not_in_group');
    expect(newQuota.safeParse({ ...day, limit: 1.5 }).success).toBe(false);
    expect(newQuota.safeParse({ ...day, unit: 'usd', limit: 9_000_001 }).success).toBe(false);
    const { id } = await set(manager, group.id, {});
    await expect(change(manager, group.id, id, { limit: 0.5 })).rejects.toMatchObject({ code: 'amount_inexact' });
  });

  it('is for managers of the group and administrators', async () => {
    const { manager, member, group } = await team();
    const { id } = await set(await newPerson(pg, 'admin'), group.id, {});
    for (const [ctx, status] of [
      [testCtx(pg, { kind: 'anonymous' }), 401],
      [member, 403],
      [await newPerson(pg), 404],
    ] as const) {
      await expect(set(ctx, group.id, {})).rejects.toMatchObject({ status });
      await expect(change(ctx, group.id, id, { limit: 1 })).rejects.toMatchObject({ status });
      await expect(removeQuota(ctx, group.id, id)).rejects.toMatchObject({ status });
      await expect(history(ctx, group.id)).rejects.toMatchObject({ status });
    }
    const other = await team();
    await expect(change(other.manager, other.group.id, id, { limit: 1 })).rejects.toMatchObject({
      status: 404,
      code: 'quota_unknown',
    });
    await expect(removeQuota(other.manager, other.group.id, id)).rejects.toMatchObject({ status: 404 });
    await closeGroup(manager, group.id);
    await expect(set(manager, group.id, {})).rejects.toMatchObject({ status: 409, code: 'group_closed' });
    expect(await rulesOf(group)).toEqual([]);
  });
});

describe('changeQuota', () => {
  it('changes what is named, writes nothing when nothing changes, and tells nodes when they see it', async () => {
    const { manager, group } = await team();
    const { id } = await set(manager, group.id, { limit: 1000, max_output_tokens: 50 });
    const start = await currentHead(pg.db);
    expect(await change(manager, group.id, id, { limit: 2000, alert_percent: 50, reason: 'a busy week' })).toMatchObject({
      limit: 2000,
      alert_percent: 50,
      max_output_tokens: 50,
    });
    const told = await currentHead(pg.db);
    expect(told.head).toBe(start.head + 1);
    await change(manager, group.id, id, { limit: 2000, reason: 'again' });
    expect((await currentHead(pg.db)).head).toBe(told.head);
    expect((await history(manager, group.id)).total).toBe(2);
  });
});
