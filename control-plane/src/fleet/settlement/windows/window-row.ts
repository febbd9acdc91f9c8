import {
  type CenterSlice,
  type CenterWindow,
  changeLimit,
  emptyCenterSlice,
  type QuotaUnit,
  type QuotaWindow,
  type Shortage,
} from '@aicarpool/shared-protocol';
import type { Db } from '../../../kernel/db.ts';
import { bigints, runPrepared, statement } from '../prepared.ts';

/** A window as the centre keeps it, with whose it is. */
export interface WindowRow extends CenterWindow {
  readonly win: number;
  readonly quotaId: string;
  readonly groupId: string;
  readonly subject: string;
  readonly unit: QuotaUnit;
  readonly kind: QuotaWindow;
  readonly startsAtMs: number | null;
  readonly endsAtMs: number | null;
  readonly toldPercent: number;
  readonly shortage: Shortage | null;
}

export interface SliceRow extends CenterSlice {
  /** What its settled rows used. */
  readonly charged: number;
  readonly held: number;
}

export const emptySliceRow: SliceRow = { ...emptyCenterSlice, charged: 0, held: 0 };

/** The window under another limit, of which nothing was told yet. */
export function withLimit(window: WindowRow, limit: number): WindowRow {
  if (limit === window.limit) return window;
  return { ...window, ...changeLimit(window, limit), toldPercent: 0 };
}

interface RawWindow {
  win: string;
  quota_id: string;
  group_id: string;
  subject: string;
  unit: QuotaUnit;
  window: QuotaWindow;
  starts_ms: number | null;
  ends_ms: number | null;
  limit: string;
  limit_peak: string;
  granted: string;
  returned: string;
  spent: string;
  forced: string;
  told_percent: number;
  short_books: string | null;
  short_amount: string;
  short_ms: number | null;
}

/**
 * Locks windows, always in the order of their numbers, so that no two transactions wait for each other; in a statement of
 * its own, so that whatever is read afterwards is as fresh as the lock.
 */
export async function lockWindows(db: Db, wins: Iterable<number>): Promise<Map<number, WindowRow>> {
  const rows = await runPrepared<RawWindow>(
    db,
    statement`SELECT win, quota_id, group_id, subject, unit, "window", "limit", limit_peak, granted, returned, spent, forced, told_percent,
               short_books, short_amount, (extract(epoch FROM short_until) * 1000)::float8 AS short_ms,
               (extract(epoch FROM starts_at) * 1000)::float8 AS starts_ms, (extract(epoch FROM ends_at) * 1000)::float8 AS ends_ms
          FROM fleet_windows WHERE win = ANY(${bigints(wins)}::bigint[]) ORDER BY win FOR NO KEY UPDATE`,
  );
  return new Map(rows.map((row) => [Number(row.win), windowOf(row)]));
}

/** What the book has of these windows. Its row must be locked: nobody else writes its slices. */
export async function readSlices(db: Db, book: string, wins: Iterable<number>): Promise<Map<number, SliceRow>> {
  const rows = await runPrepared<
    Record<'win' | 'granted' | 'returned' | 'spent' | 'charged' | 'held', string> & { closed: boolean }
  >(
    db,
    statement`SELECT win, granted, returned, spent, charged, held, closed
          FROM fleet_slices WHERE book = ${book} AND win = ANY(${bigints(wins)}::bigint[])`,
  );
  return new Map(
    rows.map((row) => [
      Number(row.win),
      {
        granted: Number(row.granted),
        returned: Number(row.returned),
        spent: Number(row.spent),
        charged: Number(row.charged),
        held: Number(row.held),
        closed: row.closed,
      },
    ]),
  );
}

function windowOf(row: RawWindow): WindowRow {
  return {
    win: Number(row.win),
    quotaId: row.quota_id,
    groupId: row.group_id,
    subject: row.subject,
    unit: row.unit,
    kind: row.window,
    startsAtMs: row.starts_ms,
    endsAtMs: row.ends_ms,
    limit: Number(row.limit),
    limitPeak: Number(row.limit_peak),
    granted: Number(row.granted),
    returned: Number(row.returned),
    spent: Number(row.spent),
    forced: Number(row.forced),
    toldPercent: row.told_percent,
    shortage:
      row.short_books === null || row.short_ms === null
        ? null
        : { books: row.short_books, amount: Number(row.short_amount), untilMs: row.short_ms },
  };
}
