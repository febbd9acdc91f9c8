import type { AccountHealthView, GroupHealth, ServiceHealthView } from '@aicarpool/shared-protocol/console';
import { asc, isNull } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { Facts } from '../facts.ts';
import { serves } from '../placement/serves.ts';
import { fleetNodes } from '../tables.ts';
import { statusOf } from './node-status.ts';

const order = ['healthy', 'degraded', 'unhealthy'] as const;
type Status = (typeof order)[number];

/** What the nodes that serve a group say of its services and accounts; those that are silent say nothing any more. */
export async function readHealth(ctx: Ctx, facts: Facts, groupId: string): Promise<GroupHealth> {
  const services = new Map<string, NonNullable<ServiceHealthView>>();
  const accounts = new Map<string, NonNullable<AccountHealthView>>();
  const group = (await facts.listPlaceableGroups(ctx.db)).find(({ id }) => id === groupId);
  if (!group) return { services, accounts };
  const nodes = await ctx.db.select().from(fleetNodes).where(isNull(fleetNodes.retiredAt)).orderBy(asc(fleetNodes.registeredAt));
  const now = ctx.clock.now();
  for (const node of nodes) {
    const { heartbeat, lastHeartbeatAt } = node;
    if (!heartbeat || !lastHeartbeatAt || !serves(node, group) || statusOf(node, now) === 'inactive') continue;
    const from = { node_id: node.id, node_name: node.name, reported_at: lastHeartbeatAt.toISOString() };
    for (const [id, said] of Object.entries(heartbeat.services_health ?? {})) add(services, id, { ...said, ...from });
    for (const [id, said] of Object.entries(heartbeat.accounts_health ?? {})) add(accounts, id, { ...said, ...from });
  }
  return { services, accounts };
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
