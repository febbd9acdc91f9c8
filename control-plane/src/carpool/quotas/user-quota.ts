import { nanoUsdToUsd, quotasFor, type UserId } from '@aicarpool/shared-protocol';
import type { QuotaLine, UserQuota } from '@aicarpool/shared-protocol/console';
import { and, asc, eq, ne } from 'drizzle-orm';
import { allow, type Ctx, Forbidden } from '../../kernel/index.ts';
import type { GroupRow } from '../groups/group-access.ts';
import type { CarpoolPorts } from '../ports.ts';
import { carpoolGroupServices, carpoolGroups, carpoolMemberships } from '../tables.ts';
import { usageLimitsOf } from '../traffic/limits.ts';
import { readDays, usedThisMonth } from './days-of-use.ts';
import { readStanding, toUse } from './quota-use.ts';
import { listSubjects, readRules } from './rules/read-rules.ts';
import { placeView, type QuotaRow } from './rules/rule.ts';

type Books = Pick<CarpoolPorts, 'readQuotaState' | 'readDaysOfUse'>;
type UserGroup = UserQuota['groups'][number];

/** What the caller may still use, in each group that he is in. */
export async function getUserQuota(ctx: Ctx, books: Books): Promise<UserQuota> {
  allow(ctx, 'carpool.quota.read');
  if (ctx.actor.kind !== 'user') throw new Forbidden('people_only', 'only people have quotas of their own');
  const { userId } = ctx.actor;
  const rows = await ctx.db
    .select({ group: carpoolGroups })
    .from(carpoolMemberships)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolMemberships.groupId))
    .where(
      and(eq(carpoolMemberships.userId, userId), eq(carpoolMemberships.status, 'active'), ne(carpoolGroups.status, 'closed')),
    )
    .orderBy(asc(carpoolGroups.createdAt), asc(carpoolGroups.id));
  const groups: UserGroup[] = [];
  for (const { group } of rows) groups.push(await quotaIn(ctx, books, group, userId));
  return { groups };
}

async function quotaIn(ctx: Ctx, books: Books, group: GroupRow, userId: UserId): Promise<UserGroup> {
  const keys = await listSubjects(ctx.db, group.id, 'key', userId);
  const services = await ctx.db.select().from(carpoolGroupServices).where(eq(carpoolGroupServices.groupId, group.id));
  const lines = await readLines(ctx, books, group, userId, keys);
  const whose = { groupId: group.id, userId, timeZone: group.timeZone };
  const days = await readDays(ctx, books, whose);
  const tokens = lines.filter(({ unit, service_name }) => unit === 'tokens' && service_name === null);
  const his = tokens.filter(({ of }) => of === 'member').sort(byLeft);
  const ofGroup = tokens.filter(({ of }) => of === 'group').sort(byLeft);
  const binding = his[0] ?? ofGroup[0];
  const left = [...his, ...ofGroup].sort(byLeft)[0]?.left ?? null;
  const { requests, tokens_per_minute: perMinute } = usageLimitsOf(group).member;
  return {
    group_id: group.id,
    group_name: group.name,
    time_zone: group.timeZone,
    quota: {
      token_limit: binding?.limit ?? null,
      tokens_used: binding?.used ?? (await usedThisMonth(ctx, books, whose)),
      tokens_remaining: left,
      max_keys: group.maxKeysPerUser,
      keys_created: keys.length,
      reset_date: binding?.resets_at ?? null,
    },
    restrictions: {
      allowed_models: modelsOf(services),
      rate_limits: {
        requests_per_minute: requests && Math.floor((requests.requests * 60) / requests.window_s),
        tokens_per_hour: perMinute && perMinute * 60,
      },
    },
    limits: lines,
    days: days.map(({ date, tokens: count, costNanoUsd }) => ({ date, tokens: count, cost: nanoUsdToUsd(costNanoUsd) })),
  };
}

/** Every rule that counts a request of the caller with one of his keys to one of the services. */
async function readLines(
  ctx: Ctx,
  books: Books,
  group: GroupRow,
  userId: UserId,
  keys: readonly { readonly id: string; readonly name: string }[],
): Promise<QuotaLine[]> {
  const rules = (await readRules(ctx.db, group.id)).map((rule) => ({ ...rule, service: rule.serviceId }));
  const services = [...new Set(rules.map(({ service }) => service ?? ''))];
  const keyIds = keys.length === 0 ? [''] : keys.map(({ id }) => id);
  const counting = services.flatMap((service) => keyIds.flatMap((keyId) => quotasFor(rules, { userId, keyId, service })));
  const once = new Map(counting.flatMap((one) => (one.subject === '' && one.rule.of !== 'group' ? [] : [[lineOf(one), one]])));
  const standing = await readStanding(ctx, ctx.db, books, rules, group.timeZone);
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  const order = new Map(rules.map(({ id }, at) => [id, at]));
  return [...once.values()]
    .sort((a, b) => (order.get(a.rule.id) ?? 0) - (order.get(b.rule.id) ?? 0))
    .map(({ rule, subject }) => {
      const { subject: _, ...place } = placeView(rule);
      return { quota_id: rule.id, ...place, ...toUse(rule, standing.stateOf(rule, subject), names.get(subject) ?? null) };
    });
}

const lineOf = ({ rule, subject }: { readonly rule: QuotaRow; readonly subject: string }) => `${rule.id}|${subject}`;
const byLeft = (a: QuotaLine, b: QuotaLine) => a.left - b.left;

/** What any of the enabled services lets through. */
function modelsOf(services: readonly (typeof carpoolGroupServices.$inferSelect)[]): string[] {
  const enabled = services.filter((service) => service.enabled);
  if (enabled.some(({ modelWhitelist }) => modelWhitelist === null)) return ['*'];
  return [...new Set(enabled.flatMap(({ modelWhitelist }) => modelWhitelist ?? []))].sort();
}
