import type { RolloutView } from '@aicarpool/shared-protocol/console';
import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';
import type { Facts } from '../../facts.ts';
import { fleetRollouts } from '../../tables.ts';
import { inSnapshot } from '../in-snapshot.ts';
import { healthyMinutes, readRingNodes } from './promote-rollouts.ts';
import { type RingNode, type RolloutRow, ringState } from './ring-state.ts';

/** Changes on their way through the rings, oldest first, in the shape of the console API. */
export async function rolloutViews(ctx: Ctx, facts: Facts): Promise<RolloutView[]> {
  allow(ctx, 'fleet.node.read');
  return await inSnapshot(ctx, async (tx) => {
    const rows = await tx.select().from(fleetRollouts).orderBy(fleetRollouts.startedAt);
    const nodes = await readRingNodes(tx, facts, rows);
    return rows.map((row) => viewOf(row, nodes.get(row) ?? []));
  });
}

function viewOf(row: RolloutRow, nodes: readonly RingNode[]): RolloutView {
  const reached = nodes.filter(({ ring }) => ring <= row.ring);
  const { healthySince } = row;
  return {
    scope: row.scope,
    kind: row.kind === 'service' ? 'service' : 'group',
    id: row.id,
    version: row.version,
    ring: row.ring,
    next_ring: ringState(row, nodes).nextRing,
    base_version: row.baseVersion,
    nodes: {
      reached: reached.length,
      confirmed: reached.filter(({ confirmed }) => confirmed >= row.version).length,
      refusing: reached.filter(({ refuses }) => refuses).length,
      total: nodes.length,
    },
    healthy_since: healthySince?.toISOString() ?? null,
    promoted_at: healthySince ? new Date(healthySince.getTime() + healthyMinutes * 60_000).toISOString() : null,
    started_at: row.startedAt.toISOString(),
  };
}
