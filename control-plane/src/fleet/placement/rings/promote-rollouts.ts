import { and, eq, isNull, sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import { currentHead } from '../../../kernel/change-log.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction, type Tx } from '../../../kernel/db.ts';
import { Conflict, NotFound } from '../../../kernel/errors.ts';
import type { Facts } from '../../facts.ts';
import { fleetNodeScopes, fleetNodes, fleetRejects, fleetRollouts } from '../../tables.ts';
import { scopesOf } from '../placements.ts';
import { type RingNode, type RolloutRow, ringState } from './ring-state.ts';

/** How long every node that has a change must be well before the next ring gets it. */
export const healthyMinutes = 5;

/**
 * Looks at every change that is on its way: notes since when its nodes are well, and lets those that are long enough go
 * on to the next ring, or be over. Any replica may; a row is looked at by one at a time.
 */
export async function promoteRollouts(ctx: Ctx, facts: Facts, afterMinutes = healthyMinutes): Promise<void> {
  allow(ctx, 'fleet.rollout.promote');
  await inTransaction(ctx, async (tx) => {
    const rollouts = await tx.select().from(fleetRollouts).for('update', { skipLocked: true });
    if (rollouts.length === 0) return;
    const nodes = await readRingNodes(tx, facts, rollouts);
    const nowMs = ctx.clock.now().getTime();
    for (const rollout of rollouts) {
      const { isWell, nextRing } = ringState(rollout, nodes.get(rollout) ?? []);
      const since = rollout.healthySince?.getTime() ?? nowMs;
      if (isWell && nowMs - since >= afterMinutes * 60_000) await promote(tx, ctx, rollout, nextRing);
      else if (isWell !== (rollout.healthySince !== null)) await setHealthySince(tx, rollout, isWell ? new Date(nowMs) : null);
    }
  });
}

/** Lets a change go on to the next ring now, whatever its nodes say. 404 `rollout_unknown`. */
export async function promoteRollout(
  ctx: Ctx,
  facts: Facts,
  name: Pick<RolloutRow, 'scope' | 'kind' | 'id'>,
  version: number,
): Promise<void> {
  allow(ctx, 'fleet.node.update');
  await inTransaction(ctx, async (tx) => {
    const [rollout] = await tx.select().from(fleetRollouts).where(isThe(name)).for('update');
    if (!rollout) throw new NotFound('rollout_unknown', 'no such change is on its way through the rings');
    if (rollout.version !== version)
      throw new Conflict('rollout_moved', 'it was changed again since you looked at it; look again');
    const nodes = await readRingNodes(tx, facts, [rollout]);
    await promote(tx, ctx, rollout, ringState(rollout, nodes.get(rollout) ?? []).nextRing);
  });
}

const isThe = ({ scope, kind, id }: Pick<RolloutRow, 'scope' | 'kind' | 'id'>) =>
  and(eq(fleetRollouts.scope, scope), eq(fleetRollouts.kind, kind), eq(fleetRollouts.id, id));

async function setHealthySince(tx: Tx, rollout: RolloutRow, healthySince: Date | null): Promise<void> {
  await tx.update(fleetRollouts).set({ healthySince }).where(isThe(rollout));
}

// The note makes a new version: nodes that had to wait ask, and are told.
async function promote(tx: Tx, ctx: Ctx, rollout: RolloutRow, nextRing: number | null): Promise<void> {
  if (nextRing === null) await tx.delete(fleetRollouts).where(isThe(rollout));
  else await tx.update(fleetRollouts).set({ ring: nextRing, healthySince: null }).where(isThe(rollout));
  await tx.execute(sql`SELECT cfg_note(${rollout.scope}, ${rollout.kind}, ${rollout.id}, 'u')`);
  await audit(tx, ctx, {
    action: 'fleet.rollout.promote',
    target: { kind: rollout.kind, id: rollout.id },
    groupId: rollout.kind === 'group' ? rollout.id : null,
    before: { ring: rollout.ring, version: rollout.version },
    after: { ring: nextRing, over: nextRing === null },
  });
}

/** The nodes that serve the scope of each change, and what they say of it. */
export async function readRingNodes(
  tx: Tx,
  facts: Facts,
  rollouts: readonly RolloutRow[],
): Promise<ReadonlyMap<RolloutRow, readonly RingNode[]>> {
  const groups = await facts.listPlaceableGroups(tx);
  const { epoch } = await currentHead(tx);
  const nodes = await tx.select().from(fleetNodes).where(isNull(fleetNodes.retiredAt));
  const rejects = await tx.select().from(fleetRejects);
  const held = await tx.select().from(fleetNodeScopes).where(eq(fleetNodeScopes.held, true));
  return new Map(
    rollouts.map((rollout) => {
      const serving = nodes.filter((node) => scopesOf(node, groups).includes(rollout.scope));
      const said = serving.map((node) => {
        const row = held.find(({ nodeId, scope }) => nodeId === node.id && scope === rollout.scope);
        const mine = rejects.filter(({ nodeId }) => nodeId === node.id);
        return {
          ring: node.ring,
          online: node.online,
          confirmed: row && node.configEpoch === epoch ? (row.exceptVersion ?? node.configVersion) : 0,
          refuses: mine.some(
            ({ code, kind, resourceId }) => code === 'crash_loop' || (kind === rollout.kind && resourceId === rollout.id),
          ),
        };
      });
      return [rollout, said] as const;
    }),
  );
}
