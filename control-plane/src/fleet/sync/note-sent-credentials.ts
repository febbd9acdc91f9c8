import type { ScopeChange } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { fleetSentCredentials } from '../tables.ts';

const rowsAtOnce = 1000;

/** Keeps which accounts' sealed credentials a node is being sent, before it is: the day it is removed, they may be known. */
export async function noteSentCredentials(ctx: Ctx, node: NodeRow, changes: readonly ScopeChange[], sentAt: Date): Promise<void> {
  if (node.sealingKey === null) return;
  const rows = changes.flatMap(({ scope, upsert }) =>
    upsert
      .filter(({ kind, body }) => kind === 'upstream' && body['credential'] != null)
      .map(({ id }) => ({ nodeId: node.id, upstreamId: id, groupId: scope, sentAt })),
  );
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await ctx.db
      .insert(fleetSentCredentials)
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflictDoUpdate({
        target: [fleetSentCredentials.nodeId, fleetSentCredentials.upstreamId],
        set: { sentAt: sql`excluded.sent_at`, groupId: sql`excluded.group_id` },
      });
  }
}
