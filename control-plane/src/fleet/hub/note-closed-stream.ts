import { eq } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import { fleetNodes } from '../tables.ts';

/** Notes that a stream ended, unless the node has opened another one since. */
export async function noteClosedStream(ctx: Ctx, streamId: string): Promise<void> {
  await ctx.db.update(fleetNodes).set({ streamId: null }).where(eq(fleetNodes.streamId, streamId));
}
