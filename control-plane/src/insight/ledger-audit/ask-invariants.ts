import type { InvariantResult } from '@aicarpool/shared-protocol/console';
import type { Violation } from '../../fleet/index.ts';
import type { Ctx } from '../../kernel/index.ts';
import { answerOnce } from '../cache/answer-once.ts';
import type { LedgerParts } from './ledger-parts.ts';

/** They read all that was ever settled: not more often than this, unless somebody wants to know now. */
const lifetimeMs = 10 * 60_000;

const ids = {
  windows_are_sums: 'I1',
  promises_within_limit: 'I2',
  spent_is_charged: 'I3',
  ended_is_used: 'I4',
  batches_are_contiguous: 'batches',
  windows_do_not_overlap: 'windows',
  totals_are_batches: 'totals',
} as const satisfies Record<Violation['invariant'], InvariantResult['id']>;

/** Whether the books contradict themselves, as it was found within the last ten minutes or, when `now`, this moment. */
export async function askInvariants(
  ctx: Ctx,
  parts: LedgerParts,
  now: boolean,
): Promise<{ readonly results: readonly InvariantResult[]; readonly askedAt: Date }> {
  const wish = { name: { what: 'ledger invariants' }, forceRefresh: now };
  const kept = await answerOnce(ctx, parts.flights, wish, async () => ({
    body: resultsOf(await parts.checkInvariants(ctx)),
    lifetimeMs,
  }));
  return { results: kept.body, askedAt: kept.askedAt };
}

function resultsOf(violations: readonly Violation[]): InvariantResult[] {
  return Object.entries(ids).map(([invariant, id]) => {
    const found = violations.filter((one) => one.invariant === invariant);
    const examples = found
      .slice(0, 5)
      .map(({ win, book, detail }) => [win, book, detail].filter((part) => part !== null).join(': '));
    return { id, violations: found.length, examples };
  });
}
