import { eq } from 'drizzle-orm';
import { currentHead } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { passQuestionsOn } from '../questions/pass-on.ts';
import { fleetNodes } from '../tables.ts';
import type { Hub } from './hub.ts';

/**
 * Opens the event stream of a node. It begins with a poke, and with the questions that are under way. The session is
 * looked at again once the stream is known here, so that one which was fenced in between does not stay.
 */
export async function openStream(ctx: Ctx, hub: Hub, node: NodeRow, sessionNo: number): Promise<ReadableStream<Uint8Array>> {
  assertSession(node, sessionNo);
  const stream = hub.open(node, sessionNo);
  try {
    const [newest] = await ctx.db
      .update(fleetNodes)
      .set({ streamId: stream.id })
      .where(eq(fleetNodes.id, node.id))
      .returning({ sessionNo: fleetNodes.sessionNo });
    if (newest && newest.sessionNo > sessionNo) stream.fence();
    stream.poke((await currentHead(ctx.db)).head);
    await passQuestionsOn(ctx, hub, node.id);
    return stream.body;
  } catch (error) {
    stream.close();
    throw error;
  }
}
