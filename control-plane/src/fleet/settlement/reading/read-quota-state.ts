import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/** The current window of one quota and subject, as the books stand. Tokens or nano-USD, as the quota counts. */
export interface WindowState {
  readonly quotaId: string;
  /** Member or key; "" for a group. */
  readonly subject: string;
  /** null: since ever, and for ever. */
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly limit: number;
  /** Settled. */
  readonly used: number;
  /** Held by nodes and not known to be used. */
  readonly promised: number;
}

/** The current windows of these quotas; one that nothing was ever asked of is missing. The caller has checked who may know. */
export async function readQuotaState(db: Db, quotaIds: readonly string[], now: Date): Promise<WindowState[]> {
  if (quotaIds.length === 0) return [];
  const at = sql`${now.toISOString()}::timestamptz`;
  const rows = await db.execute<Record<'quota_id' | 'subject' | 'limit' | 'spent' | 'promised', string> & Bounds>(
    sql`SELECT quota_id, subject, starts_at, ends_at, "limit", spent, granted - returned - spent AS promised
          FROM fleet_windows
         WHERE quota_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(quotaIds)}::text::jsonb))
           AND (starts_at IS NULL OR starts_at <= ${at}) AND (ends_at IS NULL OR ${at} < ends_at)
         ORDER BY quota_id, subject`,
  );
  return rows.map((row) => ({
    quotaId: row.quota_id,
    subject: row.subject,
    startsAt: dateOf(row.starts_at),
    endsAt: dateOf(row.ends_at),
    limit: Number(row.limit),
    used: Number(row.spent),
    promised: Number(row.promised),
  }));
}

type Bounds = { starts_at: string | null; ends_at: string | null };

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
