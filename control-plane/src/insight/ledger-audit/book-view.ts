import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { AuditedBook as BookView, LedgerProof } from '@aicarpool/shared-protocol/console';
import type { AuditedBook, ProofRow } from '../../fleet/index.ts';

/** A book in the shape of the console API. */
export function bookView(book: AuditedBook, names: ReadonlyMap<string, string>): BookView {
  const { lastProof } = book;
  return {
    id: book.id,
    node_id: book.nodeId,
    node_name: names.get(book.nodeId) ?? book.nodeId,
    state: book.state,
    rows: book.rows,
    cost_usd: nanoUsdToUsd(book.costNanoUsd),
    settled_to: book.settledTo,
    settled_at: book.settledAt?.toISOString() ?? null,
    heard_at: book.heardAt.toISOString(),
    unsettled: book.unsettled,
    proved: book.proved,
    unproved: book.unproved,
    differing: book.differing,
    without_detail: book.withoutDetail,
    missing: book.missing,
    late: book.late,
    differs_since: book.differsSince?.toISOString() ?? null,
    reading: book.isReading,
    last_proof: lastProof && {
      from: lastProof.from,
      to: lastProof.to,
      outcome: lastProof.outcome,
      answered_at: lastProof.answeredAt.toISOString(),
    },
  };
}

export function proofView(proof: ProofRow): LedgerProof {
  return {
    from: proof.fromSeq,
    to: proof.toSeq,
    kind: proof.kind,
    outcome: proof.outcome,
    asked_at: proof.askedAt.toISOString(),
    answered_at: proof.answeredAt.toISOString(),
    settled: { rows: proof.rowsSettled, ...proof.settled },
    found: { rows: proof.rowsFound, ...proof.found },
    same_chain: proof.chainSettled === proof.chainFound,
  };
}
