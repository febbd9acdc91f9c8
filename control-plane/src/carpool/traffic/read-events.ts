import type { UserId } from '@aicarpool/shared-protocol';
import type { GroupEvent, GroupEventKind } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, isNull, or } from 'drizzle-orm';
import { allow, type Ctx, offsetOf, type Page } from '../../kernel/index.ts';
import { getGroupAccess } from '../groups/group-access.ts';
import { carpoolEvents, carpoolUpstreams } from '../tables.ts';

interface EventQuery extends Page {
  readonly groupId: string;
  readonly kind?: GroupEventKind | undefined;
}

/**
 * What happened to accounts, services, proxies and quotas of a group, newest first. Members see what concerns everybody,
 * their own accounts and themselves; managers everything. 404 `group_unknown`.
 */
export async function listEvents(ctx: Ctx, query: EventQuery): Promise<{ events: GroupEvent[]; total: number }> {
  allow(ctx, 'carpool.group.read');
  const { group, canManage } = await getGroupAccess(ctx.db, ctx, query.groupId);
  const userId = ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as UserId);
  const ownAccount = eq(carpoolUpstreams.ownerId, userId);
  const ofAccounts = or(isNull(carpoolEvents.upstreamId), isNull(carpoolUpstreams.ownerId), ownAccount);
  const ofPeople = or(isNull(carpoolEvents.userId), eq(carpoolEvents.userId, userId));
  const where = and(
    eq(carpoolEvents.groupId, group.id),
    query.kind && eq(carpoolEvents.kind, query.kind),
    canManage ? undefined : and(ofAccounts, ofPeople),
  );
  const ofUpstream = eq(carpoolUpstreams.id, carpoolEvents.upstreamId);
  const [counted] = await ctx.db
    .select({ count: count() })
    .from(carpoolEvents)
    .leftJoin(carpoolUpstreams, ofUpstream)
    .where(where);
  const rows = await ctx.db
    .select({ event: carpoolEvents, upstreamName: carpoolUpstreams.name })
    .from(carpoolEvents)
    .leftJoin(carpoolUpstreams, ofUpstream)
    .where(where)
    .orderBy(desc(carpoolEvents.receivedAt), desc(carpoolEvents.at), desc(carpoolEvents.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  return { events: rows.map(({ event, upstreamName }) => viewOf(event, upstreamName)), total: counted?.count ?? 0 };
}

function viewOf(event: typeof carpoolEvents.$inferSelect, upstreamName: string | null): GroupEvent {
  return {
    id: event.id,
    kind: event.kind as GroupEventKind,
    at: event.at.toISOString(),
    node_id: event.nodeId,
    service_name: event.serviceId,
    upstream_id: event.upstreamId,
    upstream_name: upstreamName,
    proxy_id: event.proxyId,
    reason: event.reason,
    until: event.until?.toISOString() ?? null,
    count: event.count,
  };
}
