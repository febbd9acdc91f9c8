import { and, eq } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { Conflict } from '../../kernel/errors.ts';
import { fleetNodes } from '../tables.ts';
import { getNodeRow } from './find-node.ts';

/** Lets a node in that enrolled with a token which asks for it. Throws NotFound, or Conflict where nothing waits. */
export async function approveNode(ctx: Ctx, nodeId: string): Promise<void> {
  allow(ctx, 'fleet.node.approve');
  await inTransaction(ctx, async (tx) => {
    const node = await getNodeRow(tx, nodeId);
    const waits = and(eq(fleetNodes.id, nodeId), eq(fleetNodes.waiting, true));
    const changed = await tx.update(fleetNodes).set({ waiting: false }).where(waits).returning({ id: fleetNodes.id });
    if (changed.length === 0 || node.retiredAt) throw new Conflict('node_not_waiting', 'this node does not wait to be let in');
    await audit(tx, ctx, {
      action: 'fleet.node.approve',
      target: { kind: 'node', id: nodeId },
      after: { name: node.name, server_ip: node.serverIp, identity_key_id: node.identityKeyId },
    });
  });
}
