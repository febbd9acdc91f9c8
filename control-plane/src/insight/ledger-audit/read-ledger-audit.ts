import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { AuditedBookDetail, InvariantResult, LedgerAudit } from '@aicarpool/shared-protocol/console';
import type { AuditedBook, SettledSums } from '../../fleet/index.ts';
import { allow, type Ctx, NotFound, offsetOf, type Page, paginationOf } from '../../kernel/index.ts';
import { askInvariants } from './ask-invariants.ts';
import { bookView, proofView } from './book-view.ts';
import { estimatesView, percentOf } from './estimates-view.ts';
import type { LedgerParts } from './ledger-parts.ts';

const proofsShown = 100;

/** Whether the books of all nodes add up; those that need a look come first. For administrators. */
export async function readLedgerAudit(ctx: Ctx, parts: LedgerParts, page: Page): Promise<LedgerAudit> {
  allow(ctx, 'insight.ledger.read');
  const [books, sums, names, invariants] = await Promise.all([
    parts.readAuditedBooks(ctx.db),
    parts.readSums(ctx.db, null),
    namesOf(ctx, parts),
    askInvariants(ctx, parts, false),
  ]);
  const offset = offsetOf(page);
  return {
    as_of: ctx.clock.now().toISOString(),
    summary: summaryOf(books, sums, invariants.results),
    invariants: [...invariants.results],
    invariants_at: invariants.askedAt.toISOString(),
    reading: books.filter(({ isReading }) => isReading).length,
    books: books.slice(offset, offset + page.limit).map((book) => bookView(book, names)),
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
  const disagreeing = books.filter(({ differsSince }) => differsSince !== null).length;
  return {
    rows,
    nodes: new Set(books.map(({ nodeId }) => nodeId)).size,
    books: books.length,
    differences: total(({ differing }) => differing) + disagreeing + violated,
    ranges_without_detail: total(({ withoutDetail }) => withoutDetail),
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

async function namesOf(ctx: Ctx, parts: LedgerParts): Promise<ReadonlyMap<string, string>> {
  const nodes = await parts.bookKeepers(ctx, null);
  return new Map(nodes.map(({ nodeId, name }) => [nodeId, name]));
}
