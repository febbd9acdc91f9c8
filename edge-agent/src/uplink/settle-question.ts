import type { RangeProof, SettleBatch, SettleRequest, ShareWish, SliceReport } from '@aicarpool/shared-protocol';
import type { Head } from '../ledger/ledger.ts';
import type { RowPoint } from '../ledger/settling.ts';
import type { HeldWindow } from '../quota/book/held-window.ts';
import type { Quotas } from '../quota/quotas.ts';

/** Without the number of the session, which whoever sends it adds. */
export type SettleQuestion = Omit<SettleRequest, 'session_no'>;

const slicesAtMost = 2_000;

export interface QuestionParts {
  readonly head: Head;
  readonly base: RowPoint;
  readonly quotas: Quotas;
  /** As the centre last named itself; '' before it did. */
  readonly centerEpoch: string;
  readonly batch: SettleBatch | null;
  /** `spent` of every window at the end of the batch, or at the last settled row. */
  readonly spent: ReadonlyMap<number, number>;
  readonly shares: readonly ShareWish[];
  readonly proof: RangeProof | null;
  /** Every window, not only those of which something changed. */
  readonly isWhole: boolean;
  readonly last: boolean;
}

/** What this book tells and asks now. */
export function questionOf(parts: QuestionParts): SettleQuestion {
  const { head, base, quotas, centerEpoch, batch, shares, proof, last } = parts;
  const slices = slicesOf(parts);
  return {
    books: head.incarnation,
    epoch: epochOf(quotas, centerEpoch),
    seq: head.seq,
    chain: head.chain,
    base,
    batch,
    slices,
    open: last ? [] : quotas.book.wishes(quotas.rights.nowMs()),
    shares: [...shares],
    proof,
    last,
  };
}

function slicesOf({ quotas, centerEpoch, spent, isWhole, batch, last }: QuestionParts): SliceReport[] {
  const nowMs = quotas.rights.nowMs();
  const charged = new Set(batch?.charged.map(([win]) => win));
  const told: HeldWindow[] = [];
  for (const window of quotas.book.windows) {
    if (!isWhole && !window.isDirty && !charged.has(window.facts.win) && !window.isUrgent(quotas.coverMs, nowMs)) continue;
    if (window.awaited.length > 0) told.unshift(window);
    else told.push(window);
  }
  return told.slice(0, slicesAtMost).map((window) => {
    const isForeign = centerEpoch !== '' && window.epoch !== centerEpoch;
    const report = quotas.book.report(window, spent.get(window.facts.win) ?? 0, isForeign, nowMs);
    return last ? { ...report, need: 0, target: 0 } : report;
  });
}

/** Of the centre that granted what is held: any other one than the present has to be proven to. */
function epochOf({ book }: Quotas, centerEpoch: string): string {
  for (const { epoch } of book.windows) if (epoch !== centerEpoch) return epoch;
  return centerEpoch;
}
