/**
 * Fleet: the nodes and what they are told. A node enrolls once with a one-time token, speaks in numbered sessions that
 * fence each other, and learns exactly the scopes that placement gives it: one ordered history of changes, with digests
 * that prove both sides hold the same. Which nodes confirmed a change, which serve or ever served a group, and what
 * they answer to a question is asked here. Books settle in one transaction with the budgets they used: each row once,
 * every right granted within its limit, nothing granted twice. Any replica serves any node; replicas meet in Postgres only.
 */
export { edgeApi } from './edge-api.ts';
export { ensureCentralRegistration } from './enrollment/ensure-central-registration.ts';
export type { Fact, Facts, ResourceName } from './facts.ts';
export { fleetSealedColumns } from './identity/sealed-columns.ts';
export { readHealth } from './nodes/read-health.ts';
export { type BookKeeper, nodesFor } from './placement/nodes-for.ts';
export { readProgress } from './placement/read-progress.ts';
export type { PlaceableGroup } from './placement/serves.ts';
export type { AskOptions, NodeReply, Question } from './questions/ask-nodes.ts';
export type { ProbeReply, ProbeWish } from './questions/probes/ask-probe.ts';
export { tryProxy } from './questions/probes/try-proxy.ts';
export { fleetRouterOver } from './routes.ts';
export { forgetBooks, type NodeLoss, previewForgetting } from './settlement/closing/forget-books.ts';
export { askProofs } from './settlement/proofs/ask-proofs.ts';
export { checkInvariants, type Violation } from './settlement/proofs/check-invariants.ts';
export type { QuotaCrossing, QuotaFact, QuotaFacts } from './settlement/quota-facts.ts';
export { type AuditedBook, type BookRangeIs, readAuditedBooks, readBookRanges } from './settlement/reading/read-audited-books.ts';
export { type Behind, readBehind } from './settlement/reading/read-behind.ts';
export { type BookedAsked, type BookedDay, readBookedDays } from './settlement/reading/read-booked-days.ts';
export { readDaysOfUse } from './settlement/reading/read-days-of-use.ts';
export {
  type HourlyTotal,
  mostHourlyTotals,
  readHourlyTotals,
  type TotalsAsked,
} from './settlement/reading/read-hourly-totals.ts';
export { type ProofRow, readProofs } from './settlement/reading/read-proofs.ts';
export { readQuotaState } from './settlement/reading/read-quota-state.ts';
export { type CountsAsked, readSettledCounts, type SettledCount } from './settlement/reading/read-settled-counts.ts';
export { readRowsByNode, readSums, type SettledSums } from './settlement/reading/read-sums.ts';
export { readUnpriced } from './settlement/reading/read-unpriced.ts';
export { readUse, type UseOfModel } from './settlement/reading/read-use.ts';
export { type LedgerHealth, settlementJobsOver } from './settlement/settlement-jobs.ts';
export { type Fleet, type FleetOptions, startFleet } from './start-fleet.ts';
