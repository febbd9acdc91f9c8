import type { AccountHealth, HeartbeatRequest } from '@aicarpool/shared-protocol';
import type { AccountHealthView, GroupHealth, ServiceHealthView } from '@aicarpool/shared-protocol/console';
import { and, asc, gt, isNull, sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { Facts } from '../facts.ts';
import { serves } from '../placement/serves.ts';
import { fleetNodes } from '../tables.ts';
import { offlineAfterMs } from './mark-offline.ts';

const order = ['healthy', 'degraded', 'unhealthy'] as const;
type Status = (typeof order)[number];

/**
 * What the nodes that serve a group say of its services and of these accounts; those that are silent say nothing any
 * more. Heartbeats may be large, so the database takes out what is asked for.
 */
export async function readHealth(ctx: Ctx, facts: Facts, groupId: string, upstreamIds: readonly string[]): Promise<GroupHealth> {
  const services = new Map<string, NonNullable<ServiceHealthView>>();
  const accounts = new Map<string, NonNullable<AccountHealthView>>();
  const group = (await facts.listPlaceableGroups(ctx.db)).find(({ id }) => id === groupId);
  if (!group) return { services, accounts };
  for (const node of await readNodes(ctx, upstreamIds)) {
    if (!node.lastHeartbeatAt || !serves(node, group)) continue;
    const from = { node_id: node.id, node_name: node.name, reported_at: node.lastHeartbeatAt.toISOString() };
    for (const [id, said] of Object.entries(node.services ?? {})) add(services, id, { ...said, ...from });
    for (const [id, said] of Object.entries(node.accounts ?? {})) add(accounts, id, { ...said, ...from });
  }
  return { services, accounts };
}

async function readNodes(ctx: Ctx, upstreamIds: readonly string[]) {
  const { id, name, role, onlyGroups, retiredAt, lastHeartbeatAt, heartbeat } = fleetNodes;
  const told = sql`jsonb_each(${heartbeat} -> 'accounts_health') AS told(id, health)`;
  const accounts =
    upstreamIds.length === 0
      ? sql<null>`NULL`
      : sql<Record<
          string,
          AccountHealth
        > | null>`(SELECT jsonb_object_agg(told.id, told.health) FROM ${told} WHERE told.id IN ${upstreamIds})`;
  const services = sql<HeartbeatRequest['services_health'] | null>`${heartbeat} -> 'services_health'`;
  return await ctx.db
    .select({ id, name, role, onlyGroups, retiredAt, lastHeartbeatAt, services, accounts })
    .from(fleetNodes)
    .where(and(isNull(retiredAt), gt(lastHeartbeatAt, new Date(ctx.clock.now().getTime() - offlineAfterMs))))
    .orderBy(asc(fleetNodes.registeredAt));
}

function add<T extends { readonly status: Status }>(
  views: Map<string, { status: Status; by_node: T[] }>,
  id: string,
  said: T,
): void {
  const view = views.get(id) ?? { status: 'healthy', by_node: [] };
  view.by_node.push(said);
  if (order.indexOf(said.status) > order.indexOf(view.status)) view.status = said.status;
  views.set(id, view);
}
