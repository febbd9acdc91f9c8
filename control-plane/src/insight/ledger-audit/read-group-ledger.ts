import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { GroupLedgerAudit } from '@aicarpool/shared-protocol/console';
import type { AuditedBook } from '../../fleet/index.ts';
import { allow, type Ctx, Forbidden } from '../../kernel/index.ts';
import type { BookKeeper } from '../ports.ts';
import { estimatesView, percentOf } from './estimates-view.ts';
import type { LedgerParts } from './ledger-parts.ts';

/** How well the books of one group are covered, for who manages it. Of other groups it tells nothing but how far nodes have settled. */
export async function readGroupLedger(ctx: Ctx, parts: LedgerParts, groupId: string): Promise<GroupLedgerAudit> {
  allow(ctx, 'insight.group_ledger.read');
  const group = await parts.getPeople(ctx, groupId);
  if (!group.seesAll) throw new Forbidden('not_the_manager', 'only a manager of the group may do this');
  const nodes = await parts.bookKeepers(ctx, group.groupId);
  // At one moment: what settles in between is no contradiction.
  const [sums, rows, books] = await ctx.db.transaction(
    async (tx) => [
      await parts.readSums(tx, group.groupId),
      await parts.readRowsByNode(tx, group.groupId),
      await parts.readAuditedBooks(tx, { nodeIds: nodes.map(({ nodeId }) => nodeId) }),
    ],
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  const views = nodes.map((node) =>
    nodeView(
      node,
      rows.get(node.nodeId) ?? 0,
      books.filter(({ nodeId }) => nodeId === node.nodeId),
    ),
  );
  const counted = [...rows.values()].reduce((sum, count) => sum + count, 0);
  return {
    as_of: ctx.clock.now().toISOString(),
    rows: sums.rows,
    requests: sums.requests,
    tokens: sums.tokens,
    cost_usd: nanoUsdToUsd(sums.costNanoUsd),
    ...estimatesView(sums),
    agrees: counted === sums.rows,
    unsettled: views.reduce((sum, { unsettled }) => sum + unsettled, 0),
    nodes: views,
  };
}

function nodeView({ nodeId, name }: BookKeeper, rows: number, books: readonly AuditedBook[]): GroupLedgerAudit['nodes'][number] {
  const total = (of: (book: AuditedBook) => number) => books.reduce((sum, book) => sum + of(book), 0);
  const settledMs = books.map(({ settledAt }) => settledAt?.getTime() ?? 0);
  const newestMs = Math.max(0, ...settledMs);
  return {
    node_id: nodeId,
    node_name: name,
    rows,
    settled_at: newestMs === 0 ? null : new Date(newestMs).toISOString(),
    unsettled: total(({ unsettled }) => unsettled),
    proved_percent: percentOf(
      total(({ proved }) => proved),
      total((book) => book.rows),
    ),
    differing: total(({ differing }) => differing),
    without_detail: total(({ withoutDetail }) => withoutDetail),
  };
}
