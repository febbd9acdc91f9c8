import { and, asc, eq, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { currentHead } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import { offsetOf, type Page } from '../../kernel/http/reply.ts';
import type { Facts } from '../facts.ts';
import { servedGroups } from '../placement/placements.ts';
import { fleetNodeScopes, fleetNodes, fleetRejects } from '../tables.ts';
import { getNodeRow, type NodeRow } from './find-node.ts';
import { type NodeStatus, statusOf } from './node-status.ts';

export interface NodeReading {
  readonly node: NodeRow;
  readonly status: NodeStatus;
  readonly groupIds: readonly string[];
  readonly head: number;
}

export interface NodeFilter extends Page {
  readonly status?: NodeStatus | undefined;
  readonly region?: string | undefined;
}

export interface NodeList {
  readonly nodes: readonly NodeReading[];
  readonly matching: readonly NodeReading[];
}

/** Nodes that are not retired, oldest first: the page asked for, and all that match. */
export async function listNodes(ctx: Ctx, facts: Facts, filter: NodeFilter): Promise<NodeList> {
  allow(ctx, 'fleet.node.read');
  const inRegion = filter.region === undefined ? undefined : eq(fleetNodes.region, filter.region);
  const rows = await ctx.db
    .select()
    .from(fleetNodes)
    .where(and(isNull(fleetNodes.retiredAt), inRegion))
    .orderBy(asc(fleetNodes.registeredAt), asc(fleetNodes.id));
  const read = await reader(ctx, facts);
  const matching = rows.map(read).filter(({ status }) => filter.status === undefined || status === filter.status);
  return { nodes: matching.slice(offsetOf(filter), offsetOf(filter) + filter.limit), matching };
}

export interface NodeDetail extends NodeReading {
  readonly confirmedVersions: ReadonlyMap<string, number>;
  readonly rejects: readonly (typeof fleetRejects.$inferSelect)[];
}

/** One node, retired ones too, with what it confirmed of each group and what it refuses. Throws NotFound. */
export async function getNode(ctx: Ctx, facts: Facts, nodeId: string): Promise<NodeDetail> {
  allow(ctx, 'fleet.node.read');
  const node = await getNodeRow(ctx.db, nodeId);
  const read = await reader(ctx, facts);
  const scopes = await ctx.db.select().from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, nodeId));
  const rejects = await ctx.db
    .select()
    .from(fleetRejects)
    .where(eq(fleetRejects.nodeId, nodeId))
    .orderBy(asc(fleetRejects.since));
  const held = scopes.filter((row) => row.held);
  return {
    ...read(node),
    confirmedVersions: new Map(held.map((row) => [row.scope, row.exceptVersion ?? node.configVersion])),
    rejects,
  };
}

async function reader(ctx: Ctx, facts: Facts): Promise<(node: NodeRow) => NodeReading> {
  const { head } = await currentHead(ctx.db);
  const groups = await facts.listPlaceableGroups(ctx.db);
  const now = ctx.clock.now();
  return (node) => ({ node, status: statusOf(node, now), groupIds: servedGroups(node, groups), head });
}
