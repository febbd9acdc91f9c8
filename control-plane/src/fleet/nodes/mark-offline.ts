import { and, eq, isNull, lt, or } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import { fleetNodes } from '../tables.ts';

/** Two heartbeats of 60 s missed. */
export const offlineAfterMs = 120_000;

/** Marks the nodes whose last heartbeat is too old, and gives their ids. Any replica may do it at any time. */
export async function markOffline(ctx: Ctx): Promise<string[]> {
  const silentSince = new Date(ctx.clock.now().getTime() - offlineAfterMs);
  const silent = or(isNull(fleetNodes.lastHeartbeatAt), lt(fleetNodes.lastHeartbeatAt, silentSince));
  const rows = await ctx.db
    .update(fleetNodes)
    .set({ online: false })
    .where(and(eq(fleetNodes.online, true), silent))
    .returning({ id: fleetNodes.id });
  for (const { id } of rows) ctx.log.warn({ node: id }, 'a node missed two heartbeats and counts as offline');
  return rows.map(({ id }) => id);
}
