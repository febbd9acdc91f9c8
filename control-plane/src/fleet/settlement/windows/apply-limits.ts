import { freeIn } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import type { SettlementParts } from '../settlement-parts.ts';
import { recallRights } from './recall-rights.ts';
import { lockWindows, withLimit } from './window-row.ts';
import { writeWindows } from './write-windows.ts';

const groupsAtOnce = 500;

/**
 * Brings the windows of these groups that are open now to the limits of their quotas, and asks for rights back where more
 * is promised than the new limit allows. A settlement would do the same, but idle nodes send none.
 */
// No allow: a config change that was allowed is followed. No audit: the change of the limit has its own.
export async function applyLimits(ctx: Ctx, { facts, memory }: SettlementParts, groupIds: readonly string[]): Promise<void> {
  const now = ctx.clock.now();
  for (let start = 0; start < groupIds.length; start += groupsAtOnce) {
    const groups = JSON.stringify(groupIds.slice(start, start + groupsAtOnce));
    const over = await inTransaction(ctx, async (tx) => {
      const open = await tx.execute<{ win: string; quota_id: string; limit: string }>(
        sql`SELECT win, quota_id, "limit" FROM fleet_windows
             WHERE group_id IN (SELECT jsonb_array_elements_text(${groups}::text::jsonb))
               AND (ends_at IS NULL OR ends_at > ${now.toISOString()}::timestamptz)`,
      );
      const quotas = await facts.readQuotas(tx, [...new Set(open.map((row) => row.quota_id))]);
      const limits = new Map(quotas.map(({ quota }) => [quota.id as string, quota.limit]));
      const changed = open.filter((row) => (limits.get(row.quota_id) ?? Number(row.limit)) !== Number(row.limit));
      const windows = await lockWindows(
        tx,
        changed.map(({ win }) => Number(win)),
      );
      const moved = [...windows.values()].map((window) => withLimit(window, limits.get(window.quotaId) ?? window.limit));
      await writeWindows(tx, moved);
      return moved.filter((window) => freeIn(window) < 0).map(({ win }) => win);
    });
    await recallRights(ctx.db, memory, over, now.getTime());
  }
}
