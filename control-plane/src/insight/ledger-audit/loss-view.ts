import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { NodeLossView } from '@aicarpool/shared-protocol/console';
import type { NodeLoss } from '../../fleet/index.ts';

/** What would be lost with a node, in the shape of the console API. */
export function lossView(loss: NodeLoss, now: Date): NodeLossView {
  return {
    node_id: loss.nodeId,
    settled_at: loss.settledAt?.toISOString() ?? null,
    tokens_at_most: loss.tokensAtMost,
    usd_at_most: nanoUsdToUsd(loss.nanoUsdAtMost),
    may_be_at_work: loss.books.some(({ state, rightsUntil }) => state === 'open' && rightsUntil > now),
    books: loss.books.map((book) => ({
      id: book.book,
      state: book.state,
      settled_to: book.settledTo,
      known_seq: book.lastSeq,
      settled_at: book.settledAt?.toISOString() ?? null,
      heard_at: book.contactAt.toISOString(),
      rights_until: book.rightsUntil.toISOString(),
      tokens_at_most: book.tokensAtMost,
      usd_at_most: nanoUsdToUsd(book.nanoUsdAtMost),
    })),
  };
}
