import { asc, isNull } from 'drizzle-orm';
import { viewGroup } from '../../carpool/index.ts';
import type { Ctx } from '../../kernel/context.ts';
import type { Facts } from '../facts.ts';
import { statusOf } from '../nodes/node-status.ts';
import { fleetNodes } from '../tables.ts';
import { serves } from './serves.ts';

export interface GroupEndpoint {
  readonly nodeId: string;
  readonly name: string;
  readonly region: string | null;
  readonly baseUrl: string;
}

/** Where the members of a group send their AI requests: its nodes that are alive. 404 `group_unknown` to strangers. */
export async function readEndpoints(ctx: Ctx, facts: Facts, groupId: string): Promise<GroupEndpoint[]> {
  await viewGroup(ctx, groupId);
  const groups = await facts.listPlaceableGroups(ctx.db);
  const group = groups.find(({ id }) => id === groupId);
  if (!group) return [];
  const nodes = await ctx.db.select().from(fleetNodes).where(isNull(fleetNodes.retiredAt)).orderBy(asc(fleetNodes.registeredAt));
  const now = ctx.clock.now();
  return nodes.flatMap((node) => {
    if (!serves(node, group) || node.listen === null || statusOf(node, now) === 'inactive') return [];
    return [{ nodeId: node.id, name: node.name, region: node.region, baseUrl: baseUrlOf(node.listen, node.serverIp) }];
  });
}

// A node that listens everywhere is reached at the address it registered with.
function baseUrlOf(listen: string, serverIp: string | null): string {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  const everywhere = host === '0.0.0.0' || host === '[::]' || host === '::';
  const reachable = everywhere ? (serverIp ?? '127.0.0.1') : host;
  return `http://${reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable}:${port}`;
}
