import type { AuditedBook } from '@aicarpool/shared-protocol/console';
import type { Ctx } from '../../kernel/index.ts';
import { answerOnce } from '../cache/answer-once.ts';
import { bookView } from './book-view.ts';
import type { LedgerParts } from './ledger-parts.ts';

/** All books read every batch there is: however many look at them, they cost at most a twentieth of one connection. */
const timesAsLong = 20;
const worthKeepingMs = 100;
const longestMs = 10 * 60_000;

/** Every book with what of it was read again, those that need a look first; kept for longer the longer it took. */
export async function askBooks(ctx: Ctx, parts: LedgerParts, now: boolean) {
  const wish = { name: { what: 'ledger books' }, forceRefresh: now };
  const kept = await answerOnce<readonly AuditedBook[]>(ctx, parts.flights, wish, async () => {
    const begunMs = performance.now();
    const [books, names] = await Promise.all([parts.readAuditedBooks(ctx.db), namesOf(ctx, parts)]);
    return { body: books.map((book) => bookView(book, names)), lifetimeMs: lifetimeOf(performance.now() - begunMs) };
  });
  return { books: kept.body, askedAt: kept.askedAt };
}

/** What is asked quickly is asked anew each time. */
export function lifetimeOf(tookMs: number): number {
  return tookMs < worthKeepingMs ? 0 : Math.min(longestMs, Math.round(tookMs * timesAsLong));
}

/** Names of nodes by their ids, retired ones too. */
export async function namesOf(ctx: Ctx, parts: LedgerParts): Promise<ReadonlyMap<string, string>> {
  const nodes = await parts.bookKeepers(ctx, null);
  return new Map(nodes.map(({ nodeId, name }) => [nodeId, name]));
}
