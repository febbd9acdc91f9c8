import type { Db } from '../../../kernel/db.ts';
import { bigints, runPrepared, statement } from '../prepared.ts';
import type { SliceRow, WindowRow } from './window-row.ts';

/** Writes locked windows back. */
export async function writeWindows(db: Db, rows: readonly WindowRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (read: (row: WindowRow) => number) => bigints(rows.map(read));
  const shortBooks = JSON.stringify(rows.map(({ shortage }) => shortage?.books ?? ''));
  await runPrepared(
    db,
    statement`UPDATE fleet_windows AS kept
           SET "limit" = next.lim, limit_peak = next.peak, granted = next.granted, returned = next.returned, spent = next.spent,
               forced = next.forced, told_percent = next.told, short_books = nullif(next.short_books, ''),
               short_amount = next.short_amount,
               short_until = CASE WHEN next.short_books = '' THEN NULL ELSE to_timestamp(next.short_ms / 1000.0) END
          FROM unnest(${column(({ win }) => win)}::bigint[], ${column(({ limit }) => limit)}::bigint[],
                      ${column(({ limitPeak }) => limitPeak)}::bigint[], ${column(({ granted }) => granted)}::bigint[],
                      ${column(({ returned }) => returned)}::bigint[], ${column(({ spent }) => spent)}::bigint[],
                      ${column(({ forced }) => forced)}::bigint[], ${column(({ toldPercent }) => toldPercent)}::int[],
                      ${column(({ shortage }) => shortage?.amount ?? 0)}::bigint[],
                      ${column(({ shortage }) => shortage?.untilMs ?? 0)}::bigint[],
                      ARRAY(SELECT jsonb_array_elements_text(${shortBooks}::text::jsonb)))
               AS next (win, lim, peak, granted, returned, spent, forced, told, short_amount, short_ms, short_books)
         WHERE kept.win = next.win`,
  );
}

/** Writes the slices of a book whose row is locked. */
export async function writeSlices(
  db: Db,
  book: string,
  rows: readonly (SliceRow & { readonly win: number })[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  const column = (read: (row: (typeof rows)[number]) => number) => bigints(rows.map(read));
  await runPrepared(
    db,
    statement`INSERT INTO fleet_slices (win, book, granted, returned, spent, charged, held, closed, contact_at)
        SELECT win, ${book}::text, granted, returned, spent, charged, held, closed = 1, ${now.toISOString()}::timestamptz
          FROM unnest(${column(({ win }) => win)}::bigint[], ${column(({ granted }) => granted)}::bigint[],
                      ${column(({ returned }) => returned)}::bigint[], ${column(({ spent }) => spent)}::bigint[],
                      ${column(({ charged }) => charged)}::bigint[], ${column(({ held }) => held)}::bigint[],
                      ${column(({ closed }) => (closed ? 1 : 0))}::int[])
               AS next (win, granted, returned, spent, charged, held, closed)
        ON CONFLICT (win, book) DO UPDATE
           SET granted = excluded.granted, returned = excluded.returned, spent = excluded.spent, charged = excluded.charged,
               held = excluded.held, closed = excluded.closed, contact_at = excluded.contact_at`,
  );
}
