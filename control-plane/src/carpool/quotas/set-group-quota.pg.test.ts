import type { GroupId } from '@aicarpool/shared-protocol';
import { groupQuotaChange } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import type { Ctx } from '../../kernel/index.ts';
import { getGroupServices } from '../groups/read-group-services.ts';
import { getGroup } from '../groups/read-groups.ts';
import { updateGroup } from '../groups/update-group.ts';
import { getLimits, setLimits } from '../traffic/limits.ts';
import { readRules } from './rules/read-rules.ts';
import { setGroupQuota } from './set-group-quota.ts';
import { setQuota } from './set-quota.ts';

let pg: TestPg;
let manager: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

const put = (id: string, change: object, ctx = manager) => setGroupQuota(ctx, id, groupQuotaChange.parse(change));
const limitsIn = async (id: string) =>
  (await readRules(pg.db, id as GroupId)).map(({ of, unit, window, limit, origin }) => [of, unit, window, limit, origin]);

describe('setGroupQuota', () => {
  it('sets limits, keys, models and rates in one call, and keeps what is absent', async () => {
    const { id } = await makeGroup(manager, { enabled_services: ['claude', 'gemini'] });
    await setLimits(manager, id, { member: { concurrency: 3 } });
    const answer = await put(id, {
      total_token_limit: 1_000_000,
      per_user_token_limit: 200_000,
      max_keys_per_user: 3,
      allowed_models: ['claude-*', 'gemini-2.5-flash'],
      rate_limits: { requests_per_minute: 60, tokens_per_hour: 90_000 },
    });
    expect(answer).toEqual({
      ...{ group_id: id, quota_updated: true, effective_date: expect.any(String) },
      ...{ warnings: [], warning_codes: [] },
    });
    expect(await limitsIn(id)).toEqual([
      ['group', 'tokens', 'month', 1_000_000, 'quota'],
      ['member', 'tokens', 'month', 200_000, 'quota'],
    ]);
    expect(await getGroup(manager, id)).toMatchObject({ max_keys_per_user: 3, quota_usage: { total_token_limit: 1_000_000 } });
    expect((await getLimits(manager, id)).member).toEqual({
      rate_limit_requests: 60,
      rate_limit_window: 60,
      tokens_per_minute: 1500,
      concurrency: 3,
    });
    const { services } = await getGroupServices(manager, id);
    expect(services.map(({ model_whitelist }) => model_whitelist)).toEqual([
      ['claude-*', 'gemini-2.5-flash'],
      ['claude-*', 'gemini-2.5-flash'],
    ]);
    await put(id, { total_token_limit: null, allowed_models: null, rate_limits: { tokens_per_hour: null } });
    expect(await limitsIn(id)).toEqual([['member', 'tokens', 'month', 200_000, 'quota']]);
    expect((await getLimits(manager, id)).member).toMatchObject({ rate_limit_requests: 60, tokens_per_minute: null });
    expect((await getGroupServices(manager, id)).services[0]?.model_whitelist).toBe(null);
  });

  it('changes nothing when a part is refused', async () => {
    const { id } = await makeGroup(manager);
    const wish = { total_token_limit: 10, per_user_token_limit: 11, max_keys_per_user: 1 };
    await expect(put(id, wish)).rejects.toMatchObject({ status: 400, code: 'quota_over_group' });
    expect(await limitsIn(id)).toEqual([]);
    expect((await getGroup(manager, id)).max_keys_per_user).toBe(20);
  });

  it('is for managers', async () => {
    const group = await makeGroup(manager);
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(put(group.id, {}, member)).rejects.toMatchObject({ status: 403 });
    await expect(put(group.id, {}, await newPerson(pg))).rejects.toMatchObject({ status: 404 });
  });
});

describe('fields of a group', () => {
  it('show the rules, and take along only what they set', async () => {
    const { id } = await makeGroup(manager, {
      global_quota_config: { total_token_limit_monthly: 900, kept: 'words' },
      cost_limits: { monthly_limit: 3.5, alert_threshold: 0.5 },
    });
    expect(await getGroup(manager, id)).toMatchObject({
      global_quota_config: { total_token_limit_monthly: 900, kept: 'words' },
      cost_limits: { monthly_limit: 3.5, alert_threshold: 0.5 },
      notices: ['kept, but without effect: kept'],
    });
    const ofDay = { of: 'group', subject: null, service_name: null, unit: 'tokens', window: 'day', limit: 100 } as const;
    const terms = { mode: 'soft', when_dry: 'overrun', max_output_tokens: null, overdraft: 0, strict: false } as const;
    await setQuota(manager, id, { ...ofDay, ...terms, alert_percent: 80 });
    expect((await getGroup(manager, id)).global_quota_config).toMatchObject({ total_token_limit_daily: 100 });
    const after = await updateGroup(manager, id, {
      global_quota_config: { max_keys_per_user: 2 },
      cost_limits: { daily_limit: 1 },
    });
    expect(after).toMatchObject({
      global_quota_config: { total_token_limit_daily: 100, max_keys_per_user: 2 },
      cost_limits: { daily_limit: 1 },
      notices: [],
    });
    expect(await limitsIn(id)).toEqual([
      ['group', 'tokens', 'day', 100, 'quota'],
      ['group', 'nano_usd', 'day', 1_000_000_000, 'group'],
    ]);
  });
});
