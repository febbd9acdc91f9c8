import { MIN_EDGE_VERSION, PROTOCOL_VERSION, type SessionRequest } from '@aicarpool/shared-protocol';
import { eq, sql } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { CarpoolError } from '../../kernel/errors.ts';
import { announceToFleet } from '../hub/fleet-channel.ts';
import { fleetNodes } from '../tables.ts';
import type { NodeRow } from './find-node.ts';

/** Opens the next session of a node and fences the one before, on every replica. Throws 426 when no protocol version is shared. */
export async function openSession(
  ctx: Ctx,
  node: NodeRow,
  request: SessionRequest,
): Promise<{ sessionNo: number; protocol: number }> {
  allow(ctx, 'fleet.node.open_session');
  const protocol = sharedProtocol(request.protocol);
  const sessionNo = await inTransaction(ctx, async (tx) => {
    const [opened] = await tx
      .update(fleetNodes)
      .set({
        sessionNo: sql`${fleetNodes.sessionNo} + 1`,
        sessionOpenedAt: ctx.clock.now(),
        protocol,
        build: request.build,
        bootId: request.boot_id,
        incarnation: request.incarnation,
        lastSeq: request.last_seq,
        chain: request.chain,
        listen: request.listen,
      })
      .where(eq(fleetNodes.id, node.id))
      .returning({ sessionNo: fleetNodes.sessionNo });
    if (!opened) throw new Error('the node vanished while it opened a session');
    if (node.incarnation !== request.incarnation) {
      await audit(tx, ctx, {
        action: 'fleet.node.new_ledger',
        target: { kind: 'node', id: node.id },
        before: { incarnation: node.incarnation, last_seq: node.lastSeq },
        after: { incarnation: request.incarnation, last_seq: request.last_seq },
      });
    }
    await announceToFleet(tx, { about: 'session', nodeId: node.id, sessionNo: opened.sessionNo });
    return opened.sessionNo;
  });
  return { sessionNo, protocol };
}

function sharedProtocol(range: SessionRequest['protocol']): number {
  const newest = Math.min(range.max, PROTOCOL_VERSION);
  if (newest >= Math.max(range.min, MIN_EDGE_VERSION)) return newest;
  const theyAreOld = range.max < MIN_EDGE_VERSION;
  throw new CarpoolError(
    426,
    theyAreOld ? 'protocol_too_old' : 'protocol_too_new',
    theyAreOld ? 'upgrade this node' : 'upgrade the control plane before this node',
    { min: MIN_EDGE_VERSION, max: PROTOCOL_VERSION },
  );
}
