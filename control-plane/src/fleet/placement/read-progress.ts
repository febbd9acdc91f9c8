import type { ChangeProgress } from '@aicarpool/shared-protocol/console';
import type { Ctx } from '../../kernel/index.ts';
import type { Facts } from '../facts.ts';
import { confirmations } from './confirmations.ts';
import { inSnapshot } from './in-snapshot.ts';

const shownAtMost = 1000;

/** Which nodes have confirmed a version of a group's config, and by when the others stop. The caller has asked `allow`. */
export async function readProgress(
  ctx: Ctx,
  facts: Facts,
  groupId: string,
  version: number,
): Promise<Omit<ChangeProgress, 'version'>> {
  const now = ctx.clock.now();
  const { confirmed, total, pending, inForceBy } = await inSnapshot(ctx, (tx) => confirmations(tx, facts, groupId, version, now));
  return {
    nodes_confirmed: confirmed,
    nodes_total: total,
    pending: pending.slice(0, shownAtMost).map(({ nodeId, name, stopsAt }) => ({
      node_id: nodeId,
      node_name: name,
      stops_at: stopsAt?.toISOString() ?? null,
    })),
    in_force_by: inForceBy?.toISOString() ?? null,
  };
}
