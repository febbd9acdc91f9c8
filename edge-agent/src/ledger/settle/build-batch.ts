import type { SettleBatch } from '@aicarpool/shared-protocol';
import { chargesAt, type RowValues } from '../store/columns.ts';
import { type ChainPoint, chainHex } from '../store/meta.ts';
import type { ChainReader } from '../store/verify-tail.ts';
import { BatchTotals } from './batch-totals.ts';
import { addCharges, type Charged } from './charges.ts';

const mostRows = 500;
const mostWindows = 5000;

/**
 * The rows behind `after`, at most 500, read back and checked against their chain. Null: there are none.
 * Throws ChainBroken.
 */
export function buildBatch(reader: ChainReader, after: ChainPoint, headSeq: number): SettleBatch | null {
  const totals = new BatchTotals();
  const charged: Charged = new Map();
  let end = after;
  for (const { point, text } of reader.read(after, Math.min(headSeq, after.seq + mostRows))) {
    const values: RowValues = JSON.parse(text);
    if (!fits(charged, values) || !totals.add(values)) break;
    addCharges(charged, values[chargesAt]);
    end = point;
  }
  if (end.seq === after.seq) return null;
  return {
    from: after.seq + 1,
    to: end.seq,
    prev_chain: chainHex(after),
    chain: chainHex(end),
    totals: totals.totals(),
    charged: [...charged].sort(([a], [b]) => a - b),
  };
}

/** Would the windows of a batch stay few enough, and its sums whole numbers? The first row always fits. */
function fits(charged: Charged, values: RowValues): boolean {
  if (charged.size === 0 || values[chargesAt] === undefined) return true;
  const own: Charged = new Map();
  addCharges(own, values[chargesAt]);
  if (charged.size + own.size > mostWindows) return false;
  return [...own].every(([win, amount]) => Number.isSafeInteger((charged.get(win) ?? 0) + amount));
}
