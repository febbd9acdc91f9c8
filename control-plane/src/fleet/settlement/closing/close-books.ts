import { closeSlice, closingMarginMs, maxRequestMs, mayClose } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction, type Tx } from '../../../kernel/db.ts';
import { findAndLockBook } from '../streams/lock-book.ts';
import { lockWindows, readSlices, type SliceRow, type WindowRow } from '../windows/window-row.ts';
import { writeSlices, writeWindows } from '../windows/write-windows.ts';

const booksAtOnce = 200;

export interface ClosedBook {
  readonly book: string;
  /** What was taken back, by unit. */
  readonly tokens: number;
  readonly nanoUsd: number;
}

/**
 * Takes back the rights of books that surely use them no more: those that were not heard of for so long that none of
 * their rights was valid and no request could still run, those of windows that ended long ago, and those that said goodbye.
 */
export async function closeBooks(ctx: Ctx): Promise<number> {
  allow(ctx, 'fleet.book.close');
  // As `mayClose` says it, so that no book or window in use is locked for nothing.
  const before = new Date(ctx.clock.now().getTime() - maxRequestMs - closingMarginMs).toISOString();
  const due = await ctx.db.execute<{ id: string }>(
    sql`SELECT id FROM fleet_books AS book
         WHERE EXISTS (SELECT 1 FROM fleet_slices AS slice JOIN fleet_windows AS place USING (win)
                        WHERE slice.book = book.id AND NOT slice.closed
                          AND (book.rights_until < ${before}::timestamptz
                               OR place.ends_at + greatest(interval '0', book.rights_until - book.contact_at) < ${before}::timestamptz
                               OR (book.finished AND book.acked_seq >= book.last_seq)))
         ORDER BY rights_until LIMIT ${booksAtOnce}`,
  );
  let closed = 0;
  for (const { id } of due) if (await closeIfDue(ctx, id)) closed += 1;
  return closed;
}

async function closeIfDue(ctx: Ctx, book: string): Promise<boolean> {
  return await inTransaction(ctx, async (tx) => {
    const locked = await findAndLockBook(tx, book);
    if (!locked) return false;
    const [times] = await tx.execute<{ contact_ms: number; until_ms: number; done: boolean }>(
      sql`SELECT (extract(epoch FROM contact_at) * 1000)::float8 AS contact_ms, (extract(epoch FROM rights_until) * 1000)::float8 AS until_ms,
                 finished AND acked_seq >= last_seq AS done FROM fleet_books WHERE id = ${book}`,
    );
    if (!times) return false;
    const { contact_ms: heardAtMs, until_ms: untilMs, done } = times;
    const nowMs = ctx.clock.now().getTime();
    const closed = await closeSlicesOf(
      ctx,
      tx,
      book,
      (slice, { endsAtMs }) => done || mayClose(slice, { nowMs, heardAtMs, holdMs: Math.max(0, untilMs - heardAtMs), endsAtMs }),
    );
    if (!closed) return false;
    if (closed.isAll && locked.state === 'open')
      await tx.execute(sql`UPDATE fleet_books SET state = 'closed' WHERE id = ${book}`);
    if (closed.tokens + closed.nanoUsd > 0)
      await audit(tx, ctx, {
        action: 'fleet.book.close',
        target: { kind: 'book', id: book },
        after: { node_id: locked.nodeId, ...closed },
      });
    return true;
  });
}

/** Closes those slices of a locked book that `isDue`; undefined: none is. */
export async function closeSlicesOf(
  ctx: Ctx,
  tx: Tx,
  book: string,
  isDue: (slice: SliceRow, window: Pick<WindowRow, 'endsAtMs'>) => boolean,
): Promise<(Omit<ClosedBook, 'book'> & { readonly isAll: boolean }) | undefined> {
  const open = await tx.execute<{ win: string; ends_ms: number | null }>(
    sql`SELECT win, (extract(epoch FROM ends_at) * 1000)::float8 AS ends_ms
          FROM fleet_slices JOIN fleet_windows USING (win) WHERE book = ${book} AND NOT closed`,
  );
  // The book is locked, and with it its slices; the end of a window never moves. So others are not locked at all.
  const slices = await readSlices(
    tx,
    book,
    open.map(({ win }) => Number(win)),
  );
  const dueWins = open.flatMap(({ win, ends_ms: endsAtMs }) => {
    const slice = slices.get(Number(win));
    return slice && isDue(slice, { endsAtMs }) ? [Number(win)] : [];
  });
  if (dueWins.length === 0) return undefined;
  const due = [...(await lockWindows(tx, dueWins))].flatMap(([win, window]) => {
    const slice = slices.get(win);
    if (!slice) return [];
    const { slice: closedSlice, window: closedWindow } = closeSlice({ slice, window });
    const rest = closedSlice.returned - slice.returned;
    return [{ win, rest, slice: { ...slice, ...closedSlice }, window: { ...window, ...closedWindow } }];
  });
  if (due.length === 0) return undefined;
  await writeWindows(
    tx,
    due.map(({ window }) => window),
  );
  await writeSlices(
    tx,
    book,
    due.map(({ win, slice }) => ({ ...slice, win })),
    ctx.clock.now(),
  );
  const restOf = (unit: WindowRow['unit']) => due.reduce((sum, { window, rest }) => sum + (window.unit === unit ? rest : 0), 0);
  return { tokens: restOf('tokens'), nanoUsd: restOf('nano_usd'), isAll: due.length === open.length };
}
