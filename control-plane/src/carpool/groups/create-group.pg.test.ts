import type { GroupId } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readRules } from '../quotas/rules/read-rules.ts';
import { getGroup, listGroups } from './read-groups.ts';
import { listMembers } from './read-members.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const firstPage = { page: 1, limit: 20 };

describe('createGroup', () => {
  it('makes a draft whose creator is its manager and first member', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    expect(group).toMatchObject({
      status: 'draft',
      role: 'manager',
      member_count: 1,
      max_members: 10,
      deployment_mode: 'centralized',
      time_zone: 'UTC',
      config_valid_s: 86_400,
      max_keys_per_user: 20,
      primary_service: null,
      enabled_services: [],
      manager: { id: manager.userId, name: 'A person', email: `${manager.userId}@example.com` },
      members: [{ id: manager.userId, role: 'manager', status: 'active' }],
      notices: [],
    });
    expect(group.group_id).toBe(group.id);
    expect(await getGroup(manager, group.id)).toEqual(group);
    const rows = await pg.db.select().from(kernelAudit);
    expect(rows.find((row) => row.targetId === group.id)).toMatchObject({
      action: 'carpool.group.create',
      actorId: manager.userId,
    });
  });

  it('takes the whole request of the requirements, each limit as a quota', async () => {
    const group = await makeGroup(await newPerson(pg), {
      name: 'All of it',
      description: 'words',
      max_members: 5,
      primary_service: 'claude',
      enabled_services: ['claude', 'gemini'],
      service_failover_enabled: true,
      deployment_mode: 'distributed',
      time_zone: 'Asia/Shanghai',
      global_quota_config: { total_token_limit_daily: 100_000, total_token_limit_monthly: 3_000_000, max_keys_per_user: 3 },
      cost_limits: { daily_limit: 50, monthly_limit: 1500, alert_threshold: 0.8 },
      ai_services: [
        {
          service_name: 'claude',
          enabled: true,
          priority: 1,
          quota_config: { daily_token_limit: 80_000 },
          model_whitelist: ['claude-opus-5'],
          weight: 80,
        },
        { service_name: 'gemini', enabled: true, priority: 2, auth_method: 'individual_keys', weight: 20 },
      ],
    });
    expect(group).toMatchObject({
      primary_service: 'claude',
      enabled_services: ['claude', 'gemini'],
      deployment_mode: 'distributed',
      max_keys_per_user: 3,
      cost_limits: { daily_limit: 50, monthly_limit: 1500, alert_threshold: 0.8 },
      quota_usage: { total_tokens_used: null, total_token_limit: 3_000_000, active_keys: 0 },
      global_quota_config: { total_token_limit_daily: 100_000, total_token_limit_monthly: 3_000_000, max_keys_per_user: 3 },
      notices: [],
    });
    const rules = await readRules(pg.db, group.id as GroupId);
    expect(rules.map(({ unit, window, serviceId, limit, origin }) => [unit, window, serviceId, limit, origin])).toEqual([
      ['tokens', 'day', null, 100_000, 'group'],
      ['nano_usd', 'day', null, 50_000_000_000, 'group'],
      ['tokens', 'day', 'claude', 80_000, 'service'],
      ['tokens', 'month', null, 3_000_000, 'group'],
      ['nano_usd', 'month', null, 1_500_000_000_000, 'group'],
    ]);
  });

  it('refuses a time zone or a service that does not exist', async () => {
    const manager = await newPerson(pg);
    await expect(makeGroup(manager, { time_zone: 'Mars/Olympus' })).rejects.toMatchObject({
      status: 400,
      code: 'time_zone_unknown',
    });
    await expect(makeGroup(manager, { enabled_services: ['nothing'] })).rejects.toMatchObject({
      status: 400,
      code: 'service_unknown',
    });
    expect((await listGroups(manager, firstPage)).total).toBe(0);
  });

  it('is for managers and administrators, and for people', async () => {
    for (const role of ['group_member', 'distributor'] as const) {
      await expect(makeGroup(await newPerson(pg, role))).rejects.toMatchObject({ status: 403 });
    }
    await expect(makeGroup(testCtx(pg, { kind: 'anonymous' }))).rejects.toMatchObject({ status: 401 });
    await expect(makeGroup(testCtx(pg))).rejects.toMatchObject({ status: 403, code: 'people_only' });
  });
});

describe('listGroups', () => {
  it('shows people their groups, administrators all of them, strangers nothing', async () => {
    const [manager, member, stranger, admin] = [
      await newPerson(pg),
      await newPerson(pg, 'group_member'),
      await newPerson(pg),
      await newPerson(pg, 'admin'),
    ];
    const first = await makeGroup(manager, { name: 'first' });
    const second = await makeGroup(manager, { name: 'second' });
    await join(member, second);
    expect((await listGroups(manager, firstPage)).groups.map(({ name }) => name)).toEqual(['second', 'first']);
    expect(await listGroups(member, firstPage)).toMatchObject({
      total: 1,
      groups: [{ id: second.id, role: 'member', member_count: 2 }],
    });
    expect(await listGroups(manager, { page: 2, limit: 1 })).toMatchObject({ total: 2, groups: [{ id: first.id }] });
    expect((await listGroups(manager, { ...firstPage, status: 'active' })).total).toBe(0);
    expect((await listGroups(stranger, firstPage)).total).toBe(0);
    expect((await listGroups(admin, firstPage)).groups.map(({ id }) => id)).toEqual(
      expect.arrayContaining([first.id, second.id]),
    );
    await expect(getGroup(stranger, first.id)).rejects.toMatchObject({ status: 404, code: 'group_unknown' });
    await expect(getGroup(stranger, 'grp_nothing')).rejects.toMatchObject({ status: 404, code: 'group_unknown' });
    expect(await getGroup(admin, first.id)).toMatchObject({ role: null });
    expect((await listMembers(member, second.id, { page: 2, limit: 1 })).members).toMatchObject([
      { id: member.userId, role: 'member' },
    ]);
    await expect(listMembers(stranger, second.id, firstPage)).rejects.toMatchObject({ status: 404 });
  });
});
