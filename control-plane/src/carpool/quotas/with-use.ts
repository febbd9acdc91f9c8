import type { KeyId } from '@aicarpool/shared-protocol';
import type { GroupDetail, UserKey } from '@aicarpool/shared-protocol/console';
import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Ctx } from '../../kernel/index.ts';
import { wholeTokenRule } from '../groups/group-view.ts';
import type { CarpoolPorts } from '../ports.ts';
import { carpoolQuotas } from '../tables.ts';
import { usedThisMonth } from './days-of-use.ts';
import { readStanding } from './quota-use.ts';
import { readRules } from './rules/read-rules.ts';

type Books = Pick<CarpoolPorts, 'readQuotaState' | 'readDaysOfUse'>;

/** A group with what it used of its token limit, or else this month. The caller has checked that the asker may know. */
export async function withGroupUse(ctx: Ctx, books: Books, group: GroupDetail): Promise<GroupDetail> {
  const groupId = group.id as Parameters<typeof readRules>[1];
  const rule = wholeTokenRule(await readRules(ctx.db, groupId));
  const used = rule
    ? (await readStanding(ctx, ctx.db, books, [rule], group.time_zone)).stateOf(rule, '').used
    : await usedThisMonth(ctx, books, { groupId, timeZone: group.time_zone });
  return { ...group, quota_usage: { ...group.quota_usage, total_tokens_used: used } };
}

/** Keys with what they used of their token limits. The caller has checked that the asker may know. */
export async function withKeyUse(ctx: Ctx, { readQuotaState }: Books, keys: readonly UserKey[]): Promise<UserKey[]> {
  const limited = keys.filter(({ token_limit }) => token_limit !== null).map(({ id }) => id as KeyId);
  if (limited.length === 0) return [...keys];
  const rules = await ctx.db
    .select({ id: carpoolQuotas.id, subject: carpoolQuotas.subject })
    .from(carpoolQuotas)
    .where(
      and(
        eq(carpoolQuotas.of, 'key'),
        inArray(carpoolQuotas.subject, limited),
        isNull(carpoolQuotas.serviceId),
        eq(carpoolQuotas.unit, 'tokens'),
        eq(carpoolQuotas.window, 'total'),
      ),
    );
  const ids = rules.map(({ id }) => id);
  const states = ids.length === 0 ? [] : await readQuotaState(ctx.db, ids, ctx.clock.now());
  const used = new Map(states.map((state) => [state.subject, state.used]));
  return keys.map((key) => (key.token_limit === null ? key : { ...key, tokens_used: used.get(key.id) ?? 0 }));
}
