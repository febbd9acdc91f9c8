import { globalScope } from '@aicarpool/shared-protocol';
import { and, eq, isNull } from 'drizzle-orm';
import { currentHead } from '../../kernel/change-log.ts';
import type { Db } from '../../kernel/db.ts';
import type { Facts } from '../facts.ts';
import { fleetNodeScopes, fleetNodes } from '../tables.ts';
import { serves } from './serves.ts';

export interface Confirmations {
  readonly confirmed: number;
  /** Nodes that serve the scope, or were told to forget it and have not confirmed that. */
  readonly total: number;
  readonly missingNodeIds: readonly string[];
}

/** How many of the nodes concerned say that they hold the scope at `version` or newer. Retired nodes do not count. */
export async function confirmations(tx: Db, facts: Facts, scope: string, version: number): Promise<Confirmations> {
  const { epoch } = await currentHead(tx);
  const group = (await facts.listPlaceableGroups(tx)).find(({ id }) => id === scope);
  const ofScope = and(
    eq(fleetNodeScopes.nodeId, fleetNodes.id),
    eq(fleetNodeScopes.scope, scope),
    isNull(fleetNodeScopes.droppedAt),
  );
  const rows = await tx.select().from(fleetNodes).leftJoin(fleetNodeScopes, ofScope).where(isNull(fleetNodes.retiredAt));
  const missingNodeIds: string[] = [];
  let total = 0;
  for (const { fleet_nodes: node, fleet_node_scopes: row } of rows) {
    const isServed = scope === globalScope || (group !== undefined && serves(node, group));
    if (!row && !isServed) continue;
    total += 1;
    const confirmed = row?.held ? (row.exceptVersion ?? node.configVersion) : -1;
    if (confirmed < version || node.configEpoch !== epoch) missingNodeIds.push(node.id);
  }
  return { confirmed: total - missingNodeIds.length, total, missingNodeIds };
}
