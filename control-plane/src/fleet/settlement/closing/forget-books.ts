import { isPresumedSpent, unreportedAtMost } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { type Db, inTransaction, type Tx } from '../../../kernel/db.ts';
import { Conflict } from '../../../kernel/errors.ts';
import { getNodeRow } from '../../nodes/find-node.ts';
import { findAndLockBook } from '../streams/lock-book.ts';
import { lockWindows } from '../windows/window-row.ts';
import { closeSlicesOf } from './close-books.ts';

/** What is not known of one ledger file: at most so much of its rights may have been used and never reported. */
export interface UnreportedBook {
  readonly book: string;
  readonly state: 'open' | 'presumed' | 'condemned' | 'closed';
  readonly settledTo: number;
  /** Newest row that the node ever spoke of: rows after `settledTo` are known to be missing. */
  readonly lastSeq: number;
  readonly settledAt: Date | null;
  readonly contactAt: Date;
  readonly rightsUntil: Date;
  readonly tokensAtMost: number;
  readonly nanoUsdAtMost: number;
}

export interface NodeLoss {
  readonly nodeId: string;
  readonly books: readonly UnreportedBook[];
  readonly settledAt: Date | null;
  /** Over all budgets: a request that several of them count is in here several times, so the true loss is less. */
  readonly tokensAtMost: number;
  readonly nanoUsdAtMost: number;
}

/** What would be lost with this node: "settled up to …; at most X unreported". */
export async function previewForgetting(ctx: Ctx, nodeId: string): Promise<NodeLoss> {
  allow(ctx, 'fleet.book.read');
  await getNodeRow(ctx.db, nodeId);
  return await readLoss(ctx.db, nodeId, ctx.clock.now());
}

/**
 * Gives up on the books of a node: what it had and did not report is given to others. What it may have used meanwhile is
 * the bound that the preview names. Should its disk come back, its rows still settle, as late ones. The node must be
 * retired, or silent for longer than its rights last: `evenNow` forgets one that may still be at work.
 */
export async function forgetBooks(ctx: Ctx, nodeId: string, { evenNow = false } = {}): Promise<NodeLoss> {
  allow(ctx, 'fleet.book.forget');
  return await inTransaction(ctx, async (tx) => {
    const node = await getNodeRow(tx, nodeId);
    const loss = await readLoss(tx, nodeId, ctx.clock.now());
    const atWork = loss.books.some(({ state, rightsUntil }) => state === 'open' && rightsUntil > ctx.clock.now());
    if (atWork && !node.retiredAt && !evenNow)
      throw new Conflict(
        'node_may_be_at_work',
        'this node was heard of lately: retire it first, or say that it is gone for good',
        {
          settled_at: loss.settledAt?.toISOString() ?? null,
        },
      );
    const books = loss.books.map(({ book }) => book).sort();
    for (const book of books) await findAndLockBook(tx, book);
    await lockAllWindows(tx, books);
    for (const book of books) {
      await closeSlicesOf(ctx, tx, book, () => true);
      await tx.execute(sql`UPDATE fleet_books SET state = 'closed' WHERE id = ${book} AND state = 'open'`);
    }
    await audit(tx, ctx, {
      action: 'fleet.book.forget',
      target: { kind: 'node', id: nodeId },
      after: {
        tokens_at_most: loss.tokensAtMost,
        nano_usd_at_most: loss.nanoUsdAtMost,
        settled_at: loss.settledAt?.toISOString() ?? null,
      },
    });
    return loss;
  });
}

/** All at once, in the order of their numbers: book by book they would be locked out of order. */
async function lockAllWindows(tx: Tx, books: readonly string[]): Promise<void> {
  const rows = await tx.execute<{ win: string }>(
    sql`SELECT DISTINCT win FROM fleet_slices
         WHERE book IN (SELECT jsonb_array_elements_text(${JSON.stringify(books)}::text::jsonb)) AND NOT closed`,
  );
  await lockWindows(
    tx,
    rows.map(({ win }) => Number(win)),
  );
}

async function readLoss(db: Db, nodeId: string, now: Date): Promise<NodeLoss> {
  const atMost = await readRights(db, nodeId);
  const books = await db.execute<RawBook>(
    sql`SELECT id, state, acked_seq, last_seq, settled_at, contact_at, rights_until FROM fleet_books
         WHERE node_id = ${nodeId} ORDER BY opened_at, id`,
  );
  const views = books.map((row) => ({
    ...viewOf(row, now),
    tokensAtMost: atMost(row.id, 'tokens'),
    nanoUsdAtMost: atMost(row.id, 'nano_usd'),
  }));
  const newest = Math.max(...views.map(({ settledAt }) => settledAt?.getTime() ?? 0), 0);
  return {
    nodeId,
    books: views,
    settledAt: newest === 0 ? null : new Date(newest),
    tokensAtMost: views.reduce((sum, { tokensAtMost }) => sum + tokensAtMost, 0),
    nanoUsdAtMost: views.reduce((sum, { nanoUsdAtMost }) => sum + nanoUsdAtMost, 0),
  };
}

type RawBook = Record<'id' | 'acked_seq' | 'last_seq' | 'contact_at' | 'rights_until', string> & {
  state: 'open' | 'condemned' | 'closed';
  settled_at: string | null;
};

function viewOf(row: RawBook, now: Date): Omit<UnreportedBook, 'tokensAtMost' | 'nanoUsdAtMost'> {
  const [contactAt, rightsUntil] = [new Date(row.contact_at), new Date(row.rights_until)];
  const heardAtMs = contactAt.getTime();
  const terms = { nowMs: now.getTime(), heardAtMs, holdMs: rightsUntil.getTime() - heardAtMs, endsAtMs: null };
  return {
    book: row.id,
    state: row.state === 'open' && isPresumedSpent(terms) ? 'presumed' : row.state,
    settledTo: Number(row.acked_seq),
    lastSeq: Number(row.last_seq),
    settledAt: row.settled_at === null ? null : new Date(row.settled_at),
    contactAt,
    rightsUntil,
  };
}

/** What may be used of each book of a node and was not reported. */
async function readRights(db: Db, nodeId: string): Promise<(book: string, unit: string) => number> {
  const rows = await db.execute<Record<'book' | 'unit' | 'granted' | 'returned' | 'spent', string>>(
    sql`SELECT slice.book, place.unit, sum(slice.granted) AS granted, sum(slice.returned) AS returned, sum(slice.spent) AS spent
          FROM fleet_slices AS slice JOIN fleet_books AS book ON book.id = slice.book JOIN fleet_windows AS place USING (win)
         WHERE book.node_id = ${nodeId} AND NOT slice.closed GROUP BY 1, 2`,
  );
  return (book, unit) =>
    unreportedAtMost(
      rows
        .filter((row) => row.book === book && row.unit === unit)
        .map(({ granted, returned, spent }) => ({
          granted: Number(granted),
          returned: Number(returned),
          spent: Number(spent),
          closed: false,
        })),
    );
}
