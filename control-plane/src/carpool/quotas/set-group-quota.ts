import type { UsageLimits } from '@aicarpool/shared-protocol';
import type { GroupQuotaAnswer, GroupQuotaChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, inTransaction } from '../../kernel/index.ts';
import { type GroupRow, getManagedGroup } from '../groups/group-access.ts';
import { carpoolGroupServices, carpoolGroups } from '../tables.ts';
import { usageLimitsOf } from '../traffic/limits.ts';
import type { RulePlace } from './rules/rule.ts';
import { type RuleWish, writeRules } from './rules/write-rules.ts';

/** Sets monthly token limits, keys, models and rates of a group in one call; what is absent stays. */
export async function setGroupQuota(ctx: Ctx, groupId: string, change: GroupQuotaChange): Promise<GroupQuotaAnswer> {
  allow(ctx, 'carpool.quota.set');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const now = ctx.clock.now();
    const { warnings } = await writeRules(tx, ctx, group.id, wishesOf(change), { origin: 'quota', reason: change.reason });
    const columns = columnsOf(group, change);
    await tx
      .update(carpoolGroups)
      .set({ ...columns, updatedAt: now })
      .where(eq(carpoolGroups.id, group.id));
    if (change.allowed_models !== undefined) await setModels(tx, group, change.allowed_models);
    await audit(tx, ctx, {
      action: 'carpool.quota.set',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { max_keys_per_user: group.maxKeysPerUser, member_limits: usageLimitsOf(group).member },
      after: change,
    });
    return {
      group_id: group.id,
      quota_updated: true,
      effective_date: now.toISOString(),
      warnings: warnings.map(({ message }) => message),
      warning_codes: [...warnings],
    };
  });
}

function wishesOf({ total_token_limit: total, per_user_token_limit: each }: GroupQuotaChange): RuleWish[] {
  const wish = (of: RulePlace['of'], limit: number | null | undefined): RuleWish[] => {
    const place = { of, subject: null, serviceId: null, unit: 'tokens', window: 'month' } as const;
    return limit === undefined ? [] : [{ place, terms: limit === null ? null : { limit } }];
  };
  return [...wish('group', total), ...wish('member', each)];
}

function columnsOf(group: GroupRow, { max_keys_per_user, rate_limits: rates }: GroupQuotaChange) {
  const keys = max_keys_per_user === undefined ? {} : { maxKeysPerUser: max_keys_per_user };
  if (rates === undefined) return keys;
  const { requests_per_minute: requests, tokens_per_hour: tokens } = rates;
  const held = usageLimitsOf(group);
  const member: UsageLimits = {
    ...held.member,
    ...(requests === undefined ? {} : { requests: requests === null ? null : { requests, window_s: 60 } }),
    ...(tokens === undefined ? {} : { tokens_per_minute: tokens === null ? null : Math.floor(tokens / 60) }),
  };
  return { ...keys, limits: { ...held, member } };
}

async function setModels(tx: Db, group: GroupRow, models: string[] | null): Promise<void> {
  await tx.update(carpoolGroupServices).set({ modelWhitelist: models }).where(eq(carpoolGroupServices.groupId, group.id));
}
