import { z } from 'zod';
import type { SettleState } from '../../uplink/settle/settle-books.ts';
import { type Finding, ok, warn } from '../doctor/finding.ts';

/** The part of `status.json` about books and rights. */
export const settlementRecord = z.object({
  /** Of all books of the node. */
  unsettled_rows: z.int(),
  /** When a question was sent that the control plane answered. */
  settled_at: z.string().nullable(),
  /** Windows of budgets of which the node has a part. */
  slices: z.int(),
  /** The control plane was not heard for so long that these parts may not be used. */
  stale: z.boolean(),
  failure: z.string().nullable(),
});
export type SettlementRecord = z.infer<typeof settlementRecord>;

const manyRows = 10_000;

/** `states`: of all books, in whichever process. */
export function recordSettlement(states: readonly SettleState[], nowMs: number): SettlementRecord {
  const agoMs = Math.max(...states.map(({ answeredAgoMs }) => answeredAgoMs));
  return {
    unsettled_rows: states.reduce((sum, { unsettledRows }) => sum + unsettledRows, 0),
    settled_at: Number.isFinite(agoMs) ? new Date(nowMs - agoMs).toISOString() : null,
    slices: states.reduce((sum, { slices }) => sum + slices, 0),
    stale: states.some(({ isStale }) => isStale),
    failure: states.find(({ failure }) => failure !== null)?.failure ?? null,
  };
}

/** One line for `status`. */
export function describeSettlement({ unsettled_rows, slices, stale, failure }: SettlementRecord): string {
  const rows = unsettled_rows === 0 ? 'every row is settled' : `${unsettled_rows} rows wait to be settled`;
  const rights = slices === 0 ? '' : `, rights in ${slices} windows of budgets${stale ? ' that are too old to be used' : ''}`;
  return `${rows}${rights}${failure === null ? '' : `: ${failure}`}`;
}

/** What `doctor` says of a node that runs. */
export function checkSettlement(record: SettlementRecord): Finding {
  const found = describeSettlement(record);
  const advice = 'Look at the connection to the control plane; nothing is lost meanwhile.';
  if (record.stale) return warn('settlement', found, `Requests with a budget are refused. ${advice}`);
  return record.unsettled_rows > manyRows || record.failure !== null
    ? warn('settlement', found, advice)
    : ok('settlement', found);
}
