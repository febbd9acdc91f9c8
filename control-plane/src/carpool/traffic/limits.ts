import { noUsageLimits, type UsageLimits } from '@aicarpool/shared-protocol';
import type { GroupLimits, GroupLimitsChange, TrafficLimits } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, Invalid, inTransaction } from '../../kernel/index.ts';
import { type GroupRow, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { carpoolGroups } from '../tables.ts';

type Stored = Pick<GroupRow, 'limits' | 'deniedFeatures'>;

/** The limits of a group in the words of its nodes. */
export function usageLimitsOf(group: Stored): { readonly group: UsageLimits; readonly member: UsageLimits } {
  return { group: { ...noUsageLimits, ...group.limits.group }, member: { ...noUsageLimits, ...group.limits.member } };
}

/** How much a group and its members may do at once, for its members. 404 `group_unknown`. */
export async function getLimits(ctx: Ctx, groupId: string): Promise<GroupLimits> {
  allow(ctx, 'carpool.group.read');
  return viewOf((await getGroupAccess(ctx.db, ctx, groupId)).group);
}

/** Sets how much a group and its members may do at once; what is absent stays. 400 `rate_limit_incomplete`. */
export async function setLimits(ctx: Ctx, groupId: string, change: GroupLimitsChange): Promise<GroupLimits> {
  allow(ctx, 'carpool.group.update');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const before = viewOf(group);
    const limits = { group: merged(before.group, change.group), member: merged(before.member, change.member) };
    const deniedFeatures = [...new Set(change.denied_features ?? before.denied_features)].sort();
    const after = viewOf({ limits, deniedFeatures });
    await tx
      .update(carpoolGroups)
      .set({ limits, deniedFeatures, updatedAt: ctx.clock.now() })
      .where(eq(carpoolGroups.id, group.id));
    await audit(tx, ctx, {
      action: 'carpool.group.update',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { limits: before },
      after: change.reason === undefined ? { limits: after } : { limits: after, reason: change.reason },
    });
    return after;
  });
}

function viewOf(stored: Stored): GroupLimits {
  const { group, member } = usageLimitsOf(stored);
  return { group: trafficOf(group), member: trafficOf(member), denied_features: stored.deniedFeatures };
}

function trafficOf({ requests, tokens_per_minute, concurrency }: UsageLimits): TrafficLimits {
  return {
    rate_limit_requests: requests?.requests ?? null,
    rate_limit_window: requests?.window_s ?? null,
    tokens_per_minute,
    concurrency,
  };
}

function merged(before: TrafficLimits, change: GroupLimitsChange['group']): UsageLimits {
  const kept = (asked: number | null | undefined, held: number | null) => (asked === undefined ? held : asked);
  const requests = kept(change?.rate_limit_requests, before.rate_limit_requests);
  const windowS = kept(change?.rate_limit_window, before.rate_limit_window);
  if ((requests === null) !== (windowS === null)) {
    throw new Invalid('rate_limit_incomplete', 'give rate_limit_requests and rate_limit_window (seconds) together, or neither');
  }
  return {
    requests: requests === null || windowS === null ? null : { requests, window_s: windowS },
    tokens_per_minute: kept(change?.tokens_per_minute, before.tokens_per_minute),
    concurrency: kept(change?.concurrency, before.concurrency),
  };
}
