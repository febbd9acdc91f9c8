import { and, eq, isNotNull, isNull, or } from 'drizzle-orm';
import { configValues, currentHead, type Db } from '../../kernel/index.ts';
import type { Facts } from '../facts.ts';
import { fleetNodeScopes, fleetNodes } from '../tables.ts';
import { serves } from './serves.ts';
import { stopsBy } from './stops-by.ts';

export interface Pending {
  readonly nodeId: string;
  readonly name: string;
  /** When it will have stopped to serve the scope, if it hears nothing more; null: it may go on for ever. */
  readonly stopsAt: Date | null;
}

export interface Confirmations {
  readonly version: number;
  readonly confirmed: number;
  /** Nodes that serve the scope, or were told to forget it and have not confirmed that. */
  readonly total: number;
  readonly pending: readonly Pending[];
  /** From then on the version is in force everywhere: now where all have confirmed; null: nobody can say. */
  readonly inForceBy: Date | null;
}

/**
 * Which of the nodes concerned hold the scope of a group at `version` or newer, and by when the others stop to serve it on their
 * own. Retired nodes that were ever sent the scope count until they have confirmed that they dropped it, or their time is over.
 */
export async function confirmations(tx: Db, facts: Facts, scope: string, version: number, now: Date): Promise<Confirmations> {
  const { epoch } = await currentHead(tx);
  const group = (await facts.listPlaceableGroups(tx)).find(({ id }) => id === scope);
  const ofScope = and(
    eq(fleetNodeScopes.nodeId, fleetNodes.id),
    eq(fleetNodeScopes.scope, scope),
    isNull(fleetNodeScopes.droppedAt),
  );
  const rows = await tx
    .select()
    .from(fleetNodes)
    .leftJoin(fleetNodeScopes, ofScope)
    .where(or(isNull(fleetNodes.retiredAt), isNotNull(fleetNodeScopes.scope)));
  const pending: Pending[] = [];
  /** Most nodes hold one of few versions. */
  const timesSince = new Map<number, readonly (number | null)[]>();
  let total = 0;
  for (const { fleet_nodes: node, fleet_node_scopes: row } of rows) {
    const isServed = group !== undefined && serves(node, group);
    if (!row && (!isServed || node.retiredAt)) continue;
    const confirmed = row?.held ? (row.exceptVersion ?? node.configVersion) : 0;
    const isCurrent = node.configEpoch === epoch && !node.retiredAt;
    const from = isCurrent ? confirmed : 0;
    const validS = timesSince.get(from) ?? (await configValues(tx, scope, 'group', 'config_valid_s', from));
    timesSince.set(from, validS);
    const stopsAt = stopsBy(node.heardAt, validS);
    // Who never held it, or stopped long ago, serves nobody with what is older.
    const isOver = stopsAt !== null && stopsAt.getTime() <= now.getTime();
    if (node.retiredAt && isOver) continue;
    total += 1;
    if ((isCurrent && confirmed >= version) || isOver) continue;
    pending.push({ nodeId: node.id, name: node.name, stopsAt });
  }
  return { version, confirmed: total - pending.length, total, pending, inForceBy: latest(pending, now) };
}

function latest(pending: readonly Pending[], now: Date): Date | null {
  let last: Date = now;
  for (const { stopsAt } of pending) {
    if (stopsAt === null) return null;
    if (stopsAt > last) last = stopsAt;
  }
  return last;
}
