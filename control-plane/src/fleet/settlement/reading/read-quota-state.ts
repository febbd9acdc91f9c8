import { and, asc, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetWindows } from '../../tables.ts';

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
  /** All of it is used, or what is left is too little for the requests that come. */
  readonly isReached: boolean;
}

/** The current windows of these quotas; one that nothing was ever asked of is missing. The caller has checked who may know. */
export async function readQuotaState(db: Db, quotaIds: readonly string[], now: Date): Promise<WindowState[]> {
  if (quotaIds.length === 0) return [];
  const rows = await db
    .select()
    .from(fleetWindows)
    .where(
      and(
        inArray(fleetWindows.quotaId, [...quotaIds]),
        or(isNull(fleetWindows.startsAt), lte(fleetWindows.startsAt, now)),
        or(isNull(fleetWindows.endsAt), gt(fleetWindows.endsAt, now)),
      ),
    )
    .orderBy(sql`${fleetWindows.startsAt} NULLS FIRST`, asc(fleetWindows.win));
  // After a change of time zone two windows may hold the same instant: the newer one counts.
  const newest = new Map(rows.map((row) => [`${row.quotaId}|${row.subject}`, row]));
  return [...newest.values()].map(({ quotaId, subject, startsAt, endsAt, limit, granted, returned, spent, toldPercent }) => ({
    quotaId,
    subject,
    startsAt,
    endsAt,
    limit,
    used: spent,
    promised: Math.max(0, granted - returned - spent),
    isReached: spent >= limit || toldPercent === 100,
  }));
}
