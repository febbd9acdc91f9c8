import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';

const keepDays = 7;
const dayMs = 86_400_000;

/**
 * Lets go of readings that are a week old and whose rows were all read again since, with the same outcome: they say nothing
 * more. One that differed stays for ever. Gives how many went.
 */
// No audit: what is proved is what it was.
export async function thinProofs(ctx: Ctx): Promise<number> {
  allow(ctx, 'fleet.book.close');
  const before = new Date(ctx.clock.now().getTime() - keepDays * dayMs).toISOString();
  const rows = await ctx.db.execute<{ n: string }>(sql`
    WITH again AS (
      SELECT book, outcome, range_agg(int8range(from_seq, to_seq, '[]')) AS ranges FROM fleet_proofs
       WHERE answered_at >= ${before}::timestamptz AND outcome <> 'differs' GROUP BY book, outcome),
    gone AS (
      DELETE FROM fleet_proofs AS proof USING again
       WHERE proof.answered_at < ${before}::timestamptz AND again.book = proof.book AND again.outcome = proof.outcome
         AND int8range(proof.from_seq, proof.to_seq, '[]') <@ again.ranges
      RETURNING 1)
    SELECT count(*) AS n FROM gone`);
  return Number(rows[0]?.n ?? 0);
}
