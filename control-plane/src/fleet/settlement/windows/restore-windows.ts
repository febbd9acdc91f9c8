import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { runPrepared } from '../prepared.ts';
import type { QuotaFact } from '../quota-facts.ts';
import type { Proof } from './gather-windows.ts';

/**
 * Makes windows again, under their old numbers, that a restored database lost and that a receipt proves. One whose
 * account has a window of another number by now stays lost.
 */
export async function restoreWindows(
  db: Db,
  lost: ReadonlyMap<number, Proof>,
  quotas: ReadonlyMap<string, QuotaFact | undefined>,
): Promise<void> {
  const rows = [...lost].flatMap(([win, { account }]) => {
    const quota = quotas.get(account.quotaId)?.quota;
    if (!quota) return [];
    const { quotaId, subject, startsAtMs, endsAtMs } = account;
    return [
      {
        win,
        quota_id: quotaId,
        group_id: quota.group_id,
        subject,
        unit: quota.unit,
        period: quota.window,
        starts_ms: startsAtMs,
        ends_ms: endsAtMs,
        lim: quota.limit,
      },
    ];
  });
  if (rows.length === 0) return;
  await runPrepared(
    db,
    sql`INSERT INTO fleet_windows (win, quota_id, group_id, subject, unit, "window", starts_at, ends_at, "limit", limit_peak)
        SELECT win, quota_id, group_id, subject, unit, period, to_timestamp(starts_ms / 1000.0), to_timestamp(ends_ms / 1000.0), lim, lim
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
               AS lost (win bigint, quota_id text, group_id text, subject text, unit text, period text, starts_ms bigint,
                        ends_ms bigint, lim bigint)
         ORDER BY win
        ON CONFLICT DO NOTHING`,
  );
}
