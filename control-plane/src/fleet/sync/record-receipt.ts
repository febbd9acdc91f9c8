import type { Reject, SyncRequest } from '@aicarpool/shared-protocol';
import { and, eq, sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { heardSlackMs } from '../placement/stops-by.ts';
import { fleetNodeScopes, fleetNodes, fleetRejects } from '../tables.ts';
import type { NodeScopeRow } from './node-scopes.ts';

/**
 * Writes down what the node confirmed, refuses and is being sent, and that it was heard; nothing when nothing is new.
 * No allow: `answerSync` has asked. No audit: a receipt is not a deed of anybody.
 */
export async function recordReceipt(ctx: Ctx, node: NodeRow, request: SyncRequest, rows: readonly NodeScopeRow[]): Promise<void> {
  const isNewBase = node.configVersion !== request.have.base || node.configEpoch !== request.epoch;
  const hasRejects = request.rejects.length > 0 || node.rejectCount > 0;
  const now = ctx.clock.now();
  const isHeard = node.heardAt !== null && now.getTime() - node.heardAt.getTime() < heardSlackMs;
  if (!isNewBase && !hasRejects && rows.length === 0 && isHeard) return;
  await inTransaction(ctx, async (tx) => {
    const [current] = await tx
      .update(fleetNodes)
      .set({
        configVersion: request.have.base,
        configEpoch: request.epoch,
        ...(isNewBase ? { configConfirmedAt: now } : {}),
        heardAt: now,
        rejectCount: request.rejects.length,
      })
      .where(and(eq(fleetNodes.id, node.id), eq(fleetNodes.sessionNo, request.session_no)))
      .returning({ sessionNo: fleetNodes.sessionNo });
    if (!current) assertSession({ sessionNo: node.sessionNo + 1 }, request.session_no);
    if (hasRejects) await replaceRejects(tx, ctx, node.id, request.rejects);
    if (rows.length > 0) await upsertRows(tx, rows);
  });
}

async function replaceRejects(tx: Tx, ctx: Ctx, nodeId: string, rejects: readonly Reject[]): Promise<void> {
  const before = await tx.delete(fleetRejects).where(eq(fleetRejects.nodeId, nodeId)).returning();
  const nameOf = (scope: string, kind: string, id: string) => [scope, kind, id].join('\0');
  const sinceByName = new Map(before.map((row) => [nameOf(row.scope, row.kind, row.resourceId), row.since]));
  const byName = new Map(rejects.map((reject) => [nameOf(reject.scope, reject.kind, reject.id), reject]));
  if (byName.size === 0) return;
  await tx.insert(fleetRejects).values(
    [...byName].map(([name, { id, ...reject }]) => ({
      ...reject,
      nodeId,
      resourceId: id,
      since: sinceByName.get(name) ?? ctx.clock.now(),
    })),
  );
}

const rowsAtOnce = 1000;

async function upsertRows(tx: Tx, rows: readonly NodeScopeRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await tx
      .insert(fleetNodeScopes)
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflictDoUpdate({
        target: [fleetNodeScopes.nodeId, fleetNodeScopes.scope],
        set: {
          droppedAt: sql`excluded.dropped_at`,
          held: sql`excluded.held`,
          exceptVersion: sql`excluded.except_version`,
          dataKeySent: sql`excluded.data_key_sent`,
          dataKeySentAtVersion: sql`excluded.data_key_sent_at_version`,
        },
      });
  }
}
