import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { AuditedBook, AuditedBookDetail, InvariantResult, LedgerAudit } from '@aicarpool/shared-protocol/console';
import type { SettledSums } from '../../fleet/index.ts';
import { allow, type Ctx, NotFound, offsetOf, type Page, paginationOf } from '../../kernel/index.ts';
import { askBooks, namesOf } from './ask-books.ts';
import { askInvariants } from './ask-invariants.ts';
import { bookView, proofView } from './book-view.ts';
import { estimatesView, percentOf } from './estimates-view.ts';
import type { LedgerParts } from './ledger-parts.ts';

const proofsShown = 100;

/** Whether the books of all nodes add up; those that need a look come first. For administrators. */
export async function readLedgerAudit(ctx: Ctx, parts: LedgerParts, page: Page): Promise<LedgerAudit> {
  allow(ctx, 'insight.ledger.read');
  const [{ books, askedAt }, sums, invariants] = await Promise.all([
    askBooks(ctx, parts, false),
    parts.readSums(ctx.db, null),
    askInvariants(ctx, parts, false),
  ]);
  const offset = offsetOf(page);
  return {
    as_of: askedAt.toISOString(),
    summary: summaryOf(books, sums, invariants.results),
    invariants: [...invariants.results],
    invariants_at: invariants.askedAt.toISOString(),
    reading: books.filter(({ reading }) => reading).length,
    books: books.slice(offset, offset + page.limit),
    pagination: paginationOf(page, books.length),
  };
}

/** One book with its proofs, for administrators. 404 `book_unknown`. */
export async function readAuditedBook(ctx: Ctx, parts: LedgerParts, id: string): Promise<AuditedBookDetail> {
  allow(ctx, 'insight.ledger.read');
  const [[book], ranges, proofs, names] = await Promise.all([
    parts.readAuditedBooks(ctx.db, { book: id }),
    parts.readBookRanges(ctx.db, id),
    parts.readProofs(ctx.db, id, proofsShown),
    namesOf(ctx, parts),
  ]);
  if (!book) throw new NotFound('book_unknown', 'there are no such books');
  return { ...bookView(book, names), ranges, proofs: proofs.map(proofView) };
}

function summaryOf(
  books: readonly AuditedBook[],
  sums: SettledSums,
  invariants: readonly InvariantResult[],
): LedgerAudit['summary'] {
  const total = (of: (book: AuditedBook) => number) => books.reduce((sum, book) => sum + of(book), 0);
  const rows = total((book) => book.rows);
  const violated = invariants.reduce((sum, { violations }) => sum + violations, 0);
  const disagreeing = books.filter(({ differs_since }) => differs_since !== null).length;
  return {
    rows,
    nodes: new Set(books.map(({ node_id }) => node_id)).size,
    books: books.length,
    differences: total(({ differing }) => differing) + disagreeing + violated,
    ranges_without_detail: total(({ without_detail }) => without_detail),
    books_set_aside: books.filter(({ state }) => state === 'condemned').length,
    proved_percent: percentOf(
      total(({ proved }) => proved),
      rows,
    ),
    unproved: total(({ unproved }) => unproved),
    unsettled: total(({ unsettled }) => unsettled),
    tokens: sums.tokens,
    cost_usd: nanoUsdToUsd(sums.costNanoUsd),
    ...estimatesView(sums),
  };
}
