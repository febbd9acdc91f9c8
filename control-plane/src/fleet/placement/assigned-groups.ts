import type { Ctx } from '../../kernel/context.ts';
import type { Facts } from '../facts.ts';
import { servedGroups } from './placements.ts';
import type { PlaceableNode } from './serves.ts';

/** Ids of the groups that are placed on a node now. */
export async function assignedGroups(ctx: Pick<Ctx, 'db'>, facts: Facts, node: PlaceableNode): Promise<string[]> {
  return servedGroups(node, await facts.listPlaceableGroups(ctx.db));
}
