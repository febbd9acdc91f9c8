import { onTheirWay } from '../prepared.ts';
import type { BooksCall } from '../settle-slices.ts';
import { mergeTotals } from './merge-totals.ts';
import { keepBatch, keepMissing } from './write-stream.ts';
import { addCounts, addTotals } from './write-totals.ts';

export interface SettledRows {
  /**
   * Something cannot be right: rows of a group that the node never served, which are left out, or fewer or more rows
   * than the range has.
   */
  readonly differs: boolean;
  readonly writes: readonly Promise<unknown>[];
}

/** Those groups of the batch that the node serves or served. */
export async function servedOf({ tx, parts, request, book, serves }: BooksCall): Promise<ReadonlySet<string>> {
  const groups = new Set(request.batch?.totals.map((total) => total.group_id));
  return await parts.memory.servedBy(tx, { nodeId: book.nodeId, serves }, groups);
}

/** Adds the rows of a batch to the hours, once. */
export function settleRows({ ctx, tx, request, book, verdict }: BooksCall, served: ReadonlySet<string>): SettledRows {
  const { batch } = request;
  if (!batch || verdict.status !== 'ok') return { differs: false, writes: [] };
  const now = ctx.clock.now();
  const known = batch.totals.filter((total) => served.has(total.group_id));
  const totals = mergeTotals(known);
  const rows = batch.totals.reduce((sum, { attempts }) => sum + attempts, 0);
  return {
    differs: known.length < batch.totals.length || rows !== batch.to - batch.from + 1,
    writes: onTheirWay([
      addTotals(tx, totals),
      addCounts(tx, book.nodeId, totals),
      ...(verdict.skipped > 0 ? [keepMissing(tx, book, verdict.skipped, batch.prev_chain, now)] : []),
      keepBatch(tx, book, batch, now),
    ]),
  };
}
