import type { GroupId, Signal } from '@aicarpool/shared-protocol';
import type { GroupEventKind } from '@aicarpool/shared-protocol/console';
import type { Ctx, Db } from '../../kernel/index.ts';
import { carpoolEvents } from '../tables.ts';

export type NotedEvent = Omit<Signal, 'kind'> & { readonly kind: GroupEventKind; readonly node_id: string | null };

/** Keeps events of groups; one whose id came before is taken once. Gives those that are new. */
export async function noteEvents(tx: Db, ctx: Pick<Ctx, 'clock'>, events: readonly NotedEvent[]): Promise<readonly NotedEvent[]> {
  if (events.length === 0) return [];
  const receivedAt = ctx.clock.now();
  const rows = events.map((event) => ({
    id: event.id,
    groupId: event.group_id as GroupId,
    kind: event.kind,
    at: instantOf(event.at) ?? receivedAt,
    receivedAt,
    nodeId: event.node_id,
    serviceId: event.service,
    upstreamId: event.upstream_id,
    proxyId: event.proxy_id,
    reason: event.reason,
    until: event.until === null ? null : instantOf(event.until),
    count: event.count,
  }));
  const taken = await tx.insert(carpoolEvents).values(rows).onConflictDoNothing().returning({ id: carpoolEvents.id });
  const ids = new Set(taken.map(({ id }) => id));
  return events.filter(({ id }) => ids.delete(id));
}

function instantOf(text: string): Date | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms);
}
