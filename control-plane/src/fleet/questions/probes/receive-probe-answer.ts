import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { announceToFleet } from '../../hub/fleet-channel.ts';
import type { Hub } from '../../hub/hub.ts';
import { assertSession } from '../../nodes/assert-session.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { fleetProbes } from '../../tables.ts';

/**
 * Brings the result of a probe to the replica that asked. Not accepted: one that nobody waits for (any more), a second
 * one, or one of a node that was not asked.
 */
export async function receiveProbeAnswer(ctx: Ctx, hub: Hub, node: NodeRow, answer: ProbeAnswer): Promise<{ accepted: boolean }> {
  assertSession(node, answer.session_no);
  const taken = await ctx.db
    .update(fleetProbes)
    .set({ result: answer.result })
    .where(
      and(
        eq(fleetProbes.id, answer.probe_id),
        eq(fleetProbes.nodeId, node.id),
        isNull(fleetProbes.result),
        gt(fleetProbes.deadlineAt, ctx.clock.now()),
      ),
    )
    .returning({ id: fleetProbes.id });
  if (taken.length === 0) return { accepted: false };
  if (!hub.probed(answer.probe_id, answer.result)) {
    await announceToFleet(ctx.db, { about: 'probe answer', probeId: answer.probe_id });
  }
  return { accepted: true };
}
