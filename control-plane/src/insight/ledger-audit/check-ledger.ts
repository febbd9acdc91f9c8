import { allow, type Ctx } from '../../kernel/index.ts';
import { askBooks } from './ask-books.ts';
import { askInvariants } from './ask-invariants.ts';
import type { LedgerParts } from './ledger-parts.ts';

/** Asks every invariant this moment, and has the nodes read their settled rows again. For administrators. */
export async function checkLedger(ctx: Ctx, parts: LedgerParts): Promise<{ asked: number; violations: number }> {
  allow(ctx, 'insight.ledger.check');
  const asked = await parts.askProofs(ctx, 'sweep');
  await askBooks(ctx, parts, true);
  const { results } = await askInvariants(ctx, parts, true);
  return { asked, violations: results.reduce((sum, { violations }) => sum + violations, 0) };
}
