import type { BooksCall } from '../settle-slices.ts';
import { mergeTotals } from './merge-totals.ts';
import { keepBatch, keepMissing } from './write-stream.ts';
import { addCounts, addTotals } from './write-totals.ts';

/**
 * Adds the rows of a batch to the hours, once. True: something of it cannot be right (rows of a group that the node never
 * served, which are left out, or fewer or more rows than the range has).
 */
export async function settleRows({ ctx, tx, parts, request, book, verdict }: BooksCall): Promise<boolean> {
  const { batch } = request;
  if (!batch || verdict.status !== 'ok') return false;
  const now = ctx.clock.now();
  const groups = new Set(batch.totals.map((total) => total.group_id));
  const served = await parts.memory.everServed(tx, book.nodeId, groups);
  const totals = mergeTotals(batch.totals.filter((total) => served.has(total.group_id)));
  await Promise.all([
    addTotals(tx, totals),
    addCounts(tx, book.nodeId, totals),
    ...(verdict.skipped > 0 ? [keepMissing(tx, book, verdict.skipped, batch.prev_chain, now)] : []),
    keepBatch(tx, book, batch, now),
  ]);
  const rows = batch.totals.reduce((sum, { attempts }) => sum + attempts, 0);
  return served.size < groups.size || rows !== batch.to - batch.from + 1;
}
