import { and, eq, gt, lt } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import type { Hub } from '../../hub/hub.ts';
import { fleetProbes } from '../../tables.ts';

/** Asks a node whose stream is here what another replica wants it to try. */
export async function passProbeOn(ctx: Ctx, hub: Hub, nodeId: string, probeId: string): Promise<void> {
  if (!hub.holds(nodeId)) return;
  const which = and(eq(fleetProbes.id, probeId), eq(fleetProbes.nodeId, nodeId), gt(fleetProbes.deadlineAt, ctx.clock.now()));
  for (const { probe } of await ctx.db.select().from(fleetProbes).where(which)) hub.probe(nodeId, probe);
}

/** Hands a result that came in at another replica to whoever waits for it here. */
export async function passResultOn(ctx: Ctx, hub: Hub, probeId: string): Promise<void> {
  const rows = await ctx.db.select({ result: fleetProbes.result }).from(fleetProbes).where(eq(fleetProbes.id, probeId));
  for (const { result } of rows) if (result) hub.probed(probeId, result);
}

/** Deletes probes of replicas that died while they waited. */
export async function forgetProbes(ctx: Ctx): Promise<void> {
  await ctx.db.delete(fleetProbes).where(lt(fleetProbes.deadlineAt, new Date(ctx.clock.now().getTime() - 60_000)));
}
