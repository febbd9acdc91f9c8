import { asc, eq } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { type NodeStatus, statusOf } from '../nodes/node-status.ts';
import { fleetNodeScopes, fleetNodes } from '../tables.ts';

/** A node that holds books, now or from earlier. */
export interface BookKeeper {
  readonly nodeId: string;
  readonly name: string;
  readonly state: NodeStatus | 'retired';
  /** Heard of within two heartbeats and not retired. */
  readonly online: boolean;
  /** Since when, and until when, it can have booked anything; null: until today. */
  readonly sinceAt: Date;
  readonly untilAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly activeRequests: number | null;
}

/**
 * Every node that serves the group or ever did, retired ones included; null: every node there ever was. What is asked
 * of all of them is complete. The caller has checked that the asker may know.
 */
export async function nodesFor(ctx: Ctx, groupId: string | null): Promise<BookKeeper[]> {
  const now = ctx.clock.now();
  if (groupId === null) {
    const nodes = await ctx.db.select().from(fleetNodes).orderBy(asc(fleetNodes.registeredAt), asc(fleetNodes.id));
    return nodes.map((node) => bookKeeperOf(node, now, node.registeredAt, null));
  }
  const rows = await ctx.db
    .select()
    .from(fleetNodeScopes)
    .innerJoin(fleetNodes, eq(fleetNodes.id, fleetNodeScopes.nodeId))
    .where(eq(fleetNodeScopes.scope, groupId))
    .orderBy(asc(fleetNodeScopes.servedSince), asc(fleetNodes.id));
  return rows.map(({ fleet_nodes: node, fleet_node_scopes: scope }) =>
    bookKeeperOf(node, now, scope.servedSince, scope.droppedAt),
  );
}

function bookKeeperOf(node: NodeRow, now: Date, sinceAt: Date, droppedAt: Date | null): BookKeeper {
  const status = statusOf(node, now);
  return {
    nodeId: node.id,
    name: node.name,
    state: node.retiredAt ? 'retired' : status,
    online: !node.retiredAt && ((status !== 'inactive' && node.online) || node.streamId !== null),
    sinceAt,
    untilAt: droppedAt ?? node.retiredAt,
    lastSeenAt: node.lastHeartbeatAt,
    activeRequests: node.heartbeat?.active_requests ?? null,
  };
}
