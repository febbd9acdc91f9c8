import { freeIn } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import type { QuotaFact } from '../quota-facts.ts';
import type { SettlementParts } from '../settlement-parts.ts';
import { recallRights } from './recall-rights.ts';
import { noteThreshold, reachedPercent } from './threshold.ts';
import { lockWindows, withLimit } from './window-row.ts';
import { writeWindows } from './write-windows.ts';

const groupsAtOnce = 500;

/**
 * Brings the windows of these groups that are open now to the limits of their quotas, tells people of those that are near
 * or past them now, and asks for rights back where more is promised than the new limit allows. A settlement would do the
 * same, but idle nodes send none.
 */
// No allow: a config change that was allowed is followed. No audit: the change of the limit has its own.
export async function applyLimits(ctx: Ctx, { facts, memory }: SettlementParts, groupIds: readonly string[]): Promise<void> {
  const now = ctx.clock.now();
  for (let start = 0; start < groupIds.length; start += groupsAtOnce) {
    const groups = JSON.stringify(groupIds.slice(start, start + groupsAtOnce));
    const over = await inTransaction(ctx, async (tx) => {
      const open = await tx.execute<OpenWindow>(
        sql`SELECT win, quota_id, "limit", spent, told_percent FROM fleet_windows
             WHERE group_id IN (SELECT jsonb_array_elements_text(${groups}::text::jsonb))
               AND (ends_at IS NULL OR ends_at > ${now.toISOString()}::timestamptz)`,
      );
      const quotas = await facts.readQuotas(tx, [...new Set(open.map((row) => row.quota_id))]);
      const byId = new Map(quotas.map((fact) => [fact.quota.id as string, fact]));
      const concerned = open.filter((row) => isConcerned(row, byId.get(row.quota_id)));
      const windows = await lockWindows(
        tx,
        concerned.map(({ win }) => Number(win)),
      );
      const noted = [...windows.values()].map((window) => {
        const fact = byId.get(window.quotaId);
        return noteThreshold(withLimit(window, fact?.quota.limit ?? window.limit), fact, false);
      });
      await writeWindows(
        tx,
        noted.map(({ window }) => window),
      );
      const crossings = noted.flatMap(({ crossing }) => crossing ?? []);
      if (crossings.length > 0) await facts.onQuotaCrossed(ctx, tx, crossings);
      return noted.flatMap(({ window }) => (freeIn(window) < 0 ? window.win : []));
    });
    await recallRights(ctx.db, memory, over, now.getTime());
  }
}

// What Postgres gives: big numbers are text.
type OpenWindow = Record<'win' | 'quota_id' | 'limit' | 'spent', string> & { told_percent: number };

/** Its limit is another, or what was used of it has now passed a threshold. */
function isConcerned(row: OpenWindow, fact: QuotaFact | undefined): boolean {
  if (!fact) return false;
  const [limit, spent, toldPercent] = [Number(row.limit), Number(row.spent), row.told_percent];
  return limit !== fact.quota.limit || reachedPercent({ limit, spent, toldPercent }, fact.alertPercent, false) > toldPercent;
}
