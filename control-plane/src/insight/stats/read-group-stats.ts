import { allow, type Ctx, Forbidden } from '../../kernel/index.ts';
import type { GroupView, InsightParts } from '../ports.ts';
import type { Granularity } from '../time/cut-time.ts';
import { type RangeLimits, readRange } from '../time/stats-range.ts';
import { readStats, type StatsAsk, type StatsReply } from './read-stats.ts';

/** What every statistics call may be asked for, as the contract parses it. */
export interface StatsInput {
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly tz?: string | undefined;
  readonly granularity: Granularity;
  readonly service_name?: string | undefined;
  readonly model?: string | undefined;
  readonly key_id?: string | undefined;
  readonly include_user_breakdown: boolean;
  readonly include_key_breakdown: boolean;
  readonly force_refresh: boolean;
  readonly timeout?: number | undefined;
}

/** Usage of one group: all of it for those who manage it, his own part for a member. */
export async function readGroupStats(
  ctx: Ctx,
  parts: InsightParts,
  input: StatsInput & { readonly groupId: string },
): Promise<StatsReply> {
  allow(ctx, 'insight.stats.read');
  const group = await parts.carpool.getGroup(ctx, input.groupId);
  return await readStats(ctx, parts, groupAsk(ctx, group, input));
}

/** Usage of all groups together, for administrators. */
export async function readAllStats(ctx: Ctx, parts: InsightParts, input: StatsInput): Promise<StatsReply> {
  allow(ctx, 'insight.overview.read');
  return await readStats(ctx, parts, {
    ...askOf(ctx, input, 'UTC'),
    groupId: null,
    byGroup: true,
    filter: { group_ids: null, user_ids: null, ...narrowed(input) },
  });
}

/** The question that this asker may put about this group. Throws Forbidden for a breakdown that is not his to see. */
export function groupAsk(ctx: Ctx, group: GroupView, input: StatsInput): StatsAsk {
  if (!group.seesAll && (input.include_user_breakdown || input.include_key_breakdown)) {
    throw new Forbidden('breakdown_forbidden', 'only who manages the group may see usage by user or key');
  }
  return {
    ...askOf(ctx, input, group.timeZone),
    groupId: group.groupId,
    filter: { group_ids: [group.groupId], user_ids: group.seesAll ? null : ownUser(ctx), ...narrowed(input) },
  };
}

function askOf(ctx: Ctx, input: StatsInput, zone: string): Omit<StatsAsk, 'groupId' | 'filter'> {
  const byPerson = input.include_user_breakdown || input.include_key_breakdown;
  const limits: RangeLimits = { maxBuckets: byPerson ? 100 : 1000, defaultDays: 7 };
  return {
    range: readRange({ ...input, zone: input.tz ?? zone }, ctx.clock.now().getTime(), limits),
    model: input.model,
    byUser: input.include_user_breakdown,
    byKey: input.include_key_breakdown,
    timeoutMs: input.timeout === undefined ? undefined : Math.round(input.timeout * 1000),
    forceRefresh: input.force_refresh,
  };
}

function narrowed(input: StatsInput): Pick<StatsAsk['filter'], 'key_ids' | 'services'> {
  return {
    key_ids: input.key_id === undefined ? null : [input.key_id],
    services: input.service_name === undefined ? null : [input.service_name],
  };
}

/** Who sees only his own usage is a user; anything else sees nothing. */
function ownUser(ctx: Ctx): string[] {
  return ctx.actor.kind === 'user' ? [ctx.actor.userId] : [];
}
