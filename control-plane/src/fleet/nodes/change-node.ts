import { eq } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { Conflict } from '../../kernel/errors.ts';
import { fleetNodes } from '../tables.ts';
import { getNodeRow, type NodeRow } from './find-node.ts';

/** Absent members stay as they are. */
export interface NodeChange {
  readonly name?: string | undefined;
  readonly region?: string | null | undefined;
  readonly adminState?: 'active' | 'maintenance' | undefined;
  readonly ring?: number | undefined;
  readonly onlyGroups?: string[] | null | undefined;
}

/** Changes what administrators decide about a node. Throws NotFound, or Conflict for a retired node. */
export async function changeNode(ctx: Ctx, nodeId: string, change: NodeChange): Promise<NodeRow> {
  allow(ctx, 'fleet.node.update');
  return await inTransaction(ctx, async (tx) => {
    const before = await getNodeRow(tx, nodeId);
    if (before.retiredAt) throw new Conflict('node_retired', 'this node is retired; enroll it anew');
    const next = { ...decidedOf(before), ...withoutAbsent(change) };
    const [after] = await tx.update(fleetNodes).set(next).where(eq(fleetNodes.id, nodeId)).returning();
    await audit(tx, ctx, {
      action: 'fleet.node.update',
      target: { kind: 'node', id: nodeId },
      before: decidedOf(before),
      after: next,
    });
    return after ?? before;
  });
}

function decidedOf({ name, region, adminState, ring, onlyGroups }: NodeRow) {
  return { name, region, adminState, ring, onlyGroups };
}

function withoutAbsent(change: NodeChange): Partial<Required<NodeChange>> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
