import type { UserId } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { viewPeople } from '../../carpool/index.ts';
import { readUse } from '../../fleet/index.ts';
import { fleetHourlyTotals } from '../../fleet/tables.ts';
import { findPeople } from '../../identity/index.ts';
import type { Ctx } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import type { BehindNode, StatementParts } from '../ports.ts';
import { closeStatement } from './close-statement.ts';
import { readFixedCosts, setFixedCosts } from './fixed-costs.ts';
import { listStatements } from './list-statements.ts';
import { readStatement } from './read-statement.ts';
import { writeStatementCsv } from './write-statement-csv.ts';

let pg: TestPg;
let now = new Date('2026-11-21T10:00:00Z');
const clock = { now: () => now };
let behind: readonly BehindNode[] = [];
const parts: StatementParts = {
  getPeople: viewPeople,
  namesOf: async (db, ids) => new Map([...(await findPeople(db, ids))].map(([id, { name }]) => [id, name])),
  books: { readUse, readBehind: async () => behind },
};
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());
beforeEach(() => {
  now = new Date('2026-11-21T10:00:00Z');
  behind = [];
});

const usd = 1_000_000_000;

async function book(groupId: string, userId: string, hourAt: string, costNanoUsd: number, model = 'sonnet') {
  await pg.db.insert(fleetHourlyTotals).values({
    hourAt: new Date(hourAt),
    groupId,
    userId,
    keyId: `key ${Math.random()}`,
    service: 'claude',
    model,
    upstreamId: 'ups',
    priceVersion: '1',
    attempts: 1,
    requests: 1,
    input: 100,
    output: 10,
    costNanoUsd,
  });
}

async function scene() {
  const manager = await newPerson(pg, 'group_manager', { clock });
  const member = await newPerson(pg, 'group_member', { clock });
  const group = await makeGroup(
    { ...manager, clock: { now: () => new Date('2026-08-01T00:00:00Z') } },
    { time_zone: 'Asia/Shanghai' },
  );
  await join(member, group);
  await pg.sql`UPDATE carpool_memberships SET joined_at = '2026-08-01T00:00:00Z' WHERE group_id = ${group.id}`;
  return { manager, member, group };
}

const totalOf = async (ctx: Ctx, groupId: string, month: string) => (await readStatement(ctx, parts, groupId, month)).totals;
const fixed = (over: object) => ({
  name: 'Seats',
  amount_usd: 100,
  from_month: '2026-09',
  to_month: null,
  rule: 'equal' as const,
  shares: {},
  ...over,
});

describe('a statement', () => {
  it('adds up what each member used in the month of the group, hour by hour', async () => {
    const { manager, member, group } = await scene();
    await book(group.id, manager.userId, '2026-09-30T15:00:00Z', 1 * usd);
    await book(group.id, manager.userId, '2026-09-30T16:00:00Z', 2 * usd);
    await book(group.id, member.userId, '2026-10-31T15:00:00Z', 4 * usd, 'opus');
    await book(group.id, member.userId, '2026-10-31T16:00:00Z', 8 * usd);
    const october = await readStatement(manager, parts, group.id, '2026-10');
    expect(october).toMatchObject({
      starts_at: '2026-09-30T16:00:00.000Z',
      ends_at: '2026-10-31T16:00:00.000Z',
      status: 'ended',
    });
    expect(october.totals).toMatchObject({ measured_usd: 6, requests: 2, tokens: { total: 220 } });
    const his = october.members.find(({ user_id }) => user_id === member.userId);
    expect(his).toMatchObject({ measured_usd: 4, lines: [{ model: 'opus', cost_usd: 4 }] });
    expect(await totalOf(manager, group.id, '2026-09')).toMatchObject({ measured_usd: 1 });
    expect(await readStatement(manager, parts, group.id, '2026-11')).toMatchObject({
      status: 'running',
      totals: { measured_usd: 8 },
    });
  });

  it('divides fixed costs by the rule that was chosen, to the last unit', async () => {
    const { manager, member, group } = await scene();
    await book(group.id, manager.userId, '2026-10-05T00:00:00Z', 3 * usd);
    await book(group.id, member.userId, '2026-10-05T00:00:00Z', 1 * usd);
    await setFixedCosts(manager, parts, group.id, [
      fixed({ name: 'Server', amount_usd: 0.000000003 }),
      fixed({ name: 'Seats', amount_usd: 100, rule: 'by_use' }),
      fixed({ name: 'Shares', amount_usd: 10, rule: 'by_share', shares: { [member.userId]: 1 } }),
      fixed({ name: 'Over', amount_usd: 5, to_month: '2026-09' }),
    ]);
    const { members, totals, fixed_costs } = await readStatement(manager, parts, group.id, '2026-10');
    const fixedOf = (userId: UserId) =>
      Object.fromEntries(
        (members.find(({ user_id }) => user_id === userId)?.fixed ?? []).map((one) => [one.name, one.amount_usd]),
      );
    expect(fixedOf(manager.userId)).toMatchObject({ Seats: 75 });
    expect(fixedOf(member.userId)).toMatchObject({ Seats: 25, Shares: 10 });
    expect((fixedOf(manager.userId)['Server'] ?? 0) * 1e9 + (fixedOf(member.userId)['Server'] ?? 0) * 1e9).toBeCloseTo(3, 6);
    expect(fixed_costs.map(({ name }) => name)).toEqual(['Server', 'Seats', 'Shares']);
    expect(totals.fixed_usd).toBe(110.000000003);
    expect(totals.total_usd).toBe(114.000000003);
  });

  it('shows a member himself only, and strangers nothing', async () => {
    const { manager, member, group } = await scene();
    await book(group.id, manager.userId, '2026-10-05T00:00:00Z', 3 * usd);
    const own = await readStatement(member, parts, group.id, '2026-10');
    expect(own.members.map(({ user_id }) => user_id)).toEqual([member.userId]);
    expect(own.totals.measured_usd).toBe(0);
    await expect(readStatement(await newPerson(pg, 'group_member'), parts, group.id, '2026-10')).rejects.toMatchObject({
      code: 'group_unknown',
    });
    await expect(closeStatement(member, parts, group.id, '2026-10', false)).rejects.toMatchObject({ code: 'not_the_manager' });
    await expect(setFixedCosts(member, parts, group.id, [])).rejects.toMatchObject({ code: 'not_the_manager' });
  });

  it('names who used the group and is not in it any more', async () => {
    const { manager, group } = await scene();
    const gone = await newPerson(pg, 'group_member');
    await book(group.id, gone.userId, '2026-10-05T00:00:00Z', 3 * usd);
    await setFixedCosts(manager, parts, group.id, [fixed({})]);
    const { members } = await readStatement(manager, parts, group.id, '2026-10');
    expect(members.find(({ user_id }) => user_id === gone.userId)).toMatchObject({
      name: 'A person',
      is_member: false,
      fixed_usd: 0,
      measured_usd: 3,
    });
  });

  it('becomes a table that spreadsheets read, by member and by model', async () => {
    const { manager, group } = await scene();
    await book(group.id, manager.userId, '2026-10-05T00:00:00Z', 1.5 * usd, '=cmd');
    const statement = await readStatement(manager, parts, group.id, '2026-10');
    const [head, first] = writeStatementCsv(statement, 'members').split('\r\n');
    expect(head?.split(',')).toHaveLength(first?.split(',').length ?? 0);
    expect(writeStatementCsv(statement, 'members')).toContain(',1.500000000,');
    expect(writeStatementCsv(statement, 'models')).toContain(",claude,'=cmd,1,110,1.500000000,");
  });
});

describe('closing a month', () => {
  it('keeps its figures, and charges what is settled later to the next month, once', async () => {
    const { manager, member, group } = await scene();
    await book(group.id, member.userId, '2026-09-10T00:00:00Z', 4 * usd);
    expect(await closeStatement(manager, parts, group.id, '2026-09', false)).toMatchObject({
      status: 'closed',
      totals: { total_usd: 4 },
    });
    await book(group.id, member.userId, '2026-09-11T00:00:00Z', 1 * usd);
    expect(await totalOf(manager, group.id, '2026-09')).toMatchObject({ total_usd: 4 });
    const october = await readStatement(manager, parts, group.id, '2026-10');
    expect(october.members.find(({ user_id }) => user_id === member.userId)).toMatchObject({
      adjustment_usd: 1,
      adjustments: [{ month: '2026-09', amount_usd: 1 }],
      total_usd: 1,
    });
    await closeStatement(manager, parts, group.id, '2026-10', false);
    expect(await totalOf(manager, group.id, '2026-11')).toMatchObject({ adjustment_usd: 0 });
    await book(group.id, member.userId, '2026-09-12T00:00:00Z', 2 * usd);
    expect(await totalOf(manager, group.id, '2026-11')).toMatchObject({ adjustment_usd: 2 });
    const rows = await pg.db.select().from(kernelAudit);
    expect(rows.filter(({ action, groupId }) => action === 'insight.statement.close' && groupId === group.id)).toHaveLength(2);
  });

  it('charges what came late once, in whichever order later months are closed', async () => {
    const { manager, member, group } = await scene();
    await closeStatement(manager, parts, group.id, '2026-08', false);
    await book(group.id, member.userId, '2026-08-10T00:00:00Z', 5 * usd);
    const close = async (month: string) =>
      (await closeStatement(manager, parts, group.id, month, false)).members.flatMap(({ adjustments }) => adjustments);
    const both = await Promise.all([close('2026-10'), close('2026-09')]);
    expect(both.flat()).toEqual([{ month: '2026-08', amount_usd: 5 }]);
    await book(group.id, member.userId, '2026-08-11T00:00:00Z', 1 * usd);
    expect(await totalOf(manager, group.id, '2026-11')).toMatchObject({ adjustment_usd: 1 });
  });

  it.each([
    ['Asia/Shanghai', 'UTC'],
    ['UTC', 'Asia/Shanghai'],
  ])('charges every hour once when the group moves from %s to %s between two months', async (from, to) => {
    const { manager, member, group } = await scene();
    const move = async (zone: string) =>
      void (await pg.sql`UPDATE carpool_groups SET time_zone = ${zone} WHERE id = ${group.id}`);
    await move(from);
    for (let hour = -12; hour < 12; hour += 1)
      await book(group.id, member.userId, new Date(Date.UTC(2026, 9, 1, hour)).toISOString(), 1 * usd);
    const measured = async (month: string) => (await totalOf(manager, group.id, month)).measured_usd;
    await closeStatement(manager, parts, group.id, '2026-09', false);
    await move(to);
    expect((await measured('2026-09')) + (await measured('2026-10'))).toBe(24);
    const { ends_at } = await readStatement(manager, parts, group.id, '2026-09');
    expect(await readStatement(manager, parts, group.id, '2026-10')).toMatchObject({ starts_at: ends_at });
    await closeStatement(manager, parts, group.id, '2026-10', false);
    expect((await readStatement(manager, parts, group.id, '2026-10')).starts_at).toBe(ends_at);
  });

  it('changes nothing when it is done twice', async () => {
    const { manager, group } = await scene();
    const first = await closeStatement(manager, parts, group.id, '2026-10', false);
    expect(await closeStatement(manager, parts, group.id, '2026-10', false)).toEqual(first);
  });

  it('waits for the month to end and for nodes that are behind, unless it is told not to', async () => {
    const { manager, group } = await scene();
    await expect(closeStatement(manager, parts, group.id, '2026-11', true)).rejects.toMatchObject({ code: 'month_running' });
    await expect(closeStatement(manager, parts, group.id, '2026-12', true)).rejects.toMatchObject({ code: 'month_ahead' });
    await expect(closeStatement(manager, parts, group.id, '2026-07', true)).rejects.toMatchObject({ code: 'month_before_group' });
    behind = [{ nodeId: 'nod_1', name: 'far away', settledUntil: null, rowsKnown: 3 }];
    expect((await readStatement(manager, parts, group.id, '2026-10')).settled).toMatchObject({
      complete: false,
      behind: [{ rows_known: 3 }],
    });
    await expect(closeStatement(manager, parts, group.id, '2026-10', false)).rejects.toMatchObject({ code: 'month_incomplete' });
    expect(await closeStatement(manager, parts, group.id, '2026-10', true)).toMatchObject({ status: 'closed' });
  });

  it('does not let fixed costs that change later reach a closed month', async () => {
    const { manager, group } = await scene();
    await setFixedCosts(manager, parts, group.id, [fixed({})]);
    await closeStatement(manager, parts, group.id, '2026-09', false);
    await setFixedCosts(manager, parts, group.id, [fixed({ amount_usd: 1 })]);
    expect(await totalOf(manager, group.id, '2026-09')).toMatchObject({ fixed_usd: 100 });
    expect(await totalOf(manager, group.id, '2026-10')).toMatchObject({ fixed_usd: 1 });
    expect(await readFixedCosts(manager, parts, group.id)).toMatchObject([{ amount_usd: 1 }]);
  });

  it('lists the months since the group began, newest first', async () => {
    const { manager, group } = await scene();
    await closeStatement(manager, parts, group.id, '2026-09', false);
    const { statements, total } = await listStatements(manager, parts, group.id, { page: 1, limit: 3 });
    expect(statements.map(({ month, status }) => [month, status])).toEqual([
      ['2026-11', 'running'],
      ['2026-10', 'ended'],
      ['2026-09', 'closed'],
    ]);
    expect(total).toBe(4);
  });
});
