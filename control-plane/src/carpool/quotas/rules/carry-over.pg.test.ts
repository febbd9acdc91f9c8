import { readFile } from 'node:fs/promises';
import type { GroupId } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeGroup, makeKey, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { getGroupServices } from '../../groups/read-group-services.ts';
import { getGroup } from '../../groups/read-groups.ts';
import { carpoolQuotas } from '../../tables.ts';
import { listChanges } from '../list-changes.ts';
import { readRules } from './read-rules.ts';
import { quotaIdOf } from './rule.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

/** The migration once more, over what an older version had stored. */
async function carryOver(): Promise<void> {
  const file = new URL('../../../../migrations/0012_carry-over-quotas.sql', import.meta.url);
  for (const statement of (await readFile(file, 'utf8')).split('--> statement-breakpoint')) await pg.sql.unsafe(statement);
}

describe('limits that were only kept', () => {
  it('become rules, with their ids, and their fields show the same', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager, { enabled_services: ['claude', 'gemini'] });
    const key = await makeKey(manager, { group_id: id as never, token_limit: 7 });
    await pg.db.delete(carpoolQuotas);
    await pg.db.execute(sql`
      UPDATE carpool_groups SET cost_limits = '{"daily_limit": 0.1, "monthly_limit": 12.5, "alert_threshold": 0.65}',
             global_quota_config = '{"total_token_limit_daily": 100, "per_user_token_limit_daily": 10.0, "per_user_token_limit_monthly": "many",
                                     "total_token_limit_monthly": -3, "max_keys_per_user": 3, "mine": true}'`);
    await pg.db.execute(sql`
      UPDATE carpool_group_services SET quota_config = '{"daily_token_limit": 80, "monthly_token_limit": 2400}' WHERE service_id = 'claude'`);
    await carryOver();
    await carryOver();
    const rules = await readRules(pg.db, id as GroupId);
    expect(
      rules.map((rule) => [rule.of, rule.subject, rule.serviceId, rule.unit, rule.window, rule.limit, rule.alertPercent]),
    ).toEqual([
      ['group', null, null, 'tokens', 'day', 100, 80],
      ['group', null, null, 'nano_usd', 'day', 100_000_000, 65],
      ['group', null, 'claude', 'tokens', 'day', 80, 80],
      ['group', null, null, 'nano_usd', 'month', 12_500_000_000, 65],
      ['group', null, 'claude', 'tokens', 'month', 2400, 80],
      ['member', null, null, 'tokens', 'day', 10, 80],
      ['key', key.id, null, 'tokens', 'total', 7, 80],
    ]);
    for (const rule of rules) expect(rule.id).toBe(quotaIdOf(id as GroupId, rule));
    const group = await getGroup(manager, id);
    expect(group.cost_limits).toEqual({ daily_limit: 0.1, monthly_limit: 12.5, alert_threshold: 0.65 });
    expect(group.global_quota_config).toMatchObject({ total_token_limit_daily: 100, per_user_token_limit_daily: 10, mine: true });
    const { services } = await getGroupServices(manager, id);
    expect(services.map(({ quota_config }) => quota_config)).toEqual([
      { daily_token_limit: 80, monthly_token_limit: 2400 },
      null,
    ]);
    const { changes } = await listChanges(manager, { groupId: id, page: 1, limit: 100 });
    expect(changes.filter(({ by }) => by.id === 'migration')).toHaveLength(7);
  });
});
