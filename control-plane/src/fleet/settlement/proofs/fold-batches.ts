import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';

const keepDays = 2;
const dayMs = 86_400_000;

/**
 * Puts the batches of an hour together, once they are two days old: their range, links and sums stay, and the rows of a
 * range can be compared as before. Ranges that a node is asked to read now are left alone. Gives how many rows went.
 */
// No audit: every sum and every link is what it was.
export async function foldBatches(ctx: Ctx): Promise<number> {
  allow(ctx, 'fleet.book.close');
  const before = new Date(ctx.clock.now().getTime() - keepDays * dayMs).toISOString();
  return await inTransaction(ctx, async (tx) => {
    const rows = await tx.execute<{ n: string }>(sql`
      WITH old AS (
        DELETE FROM fleet_batches AS batch
         WHERE settled_at < date_trunc('hour', ${before}::timestamptz) AND kind = 'rows'
           AND EXISTS (SELECT 1 FROM fleet_batches AS other
                        WHERE other.book = batch.book AND other.to_seq <> batch.to_seq AND other.kind = 'rows' AND other.late = batch.late
                          AND date_trunc('hour', other.settled_at) = date_trunc('hour', batch.settled_at)
                          AND (other.to_seq + 1 = batch.from_seq OR other.from_seq = batch.to_seq + 1))
           AND NOT EXISTS (SELECT 1 FROM fleet_books WHERE id = batch.book AND ask_from IS NOT NULL)
        RETURNING *),
      runs AS (
        SELECT *, to_seq - sum(to_seq - from_seq + 1) OVER (PARTITION BY book, date_trunc('hour', settled_at), late ORDER BY to_seq) AS run
          FROM old),
      folded AS (
        INSERT INTO fleet_batches (book, from_seq, to_seq, prev_chain, chain, kind, late, settled_at, attempts, requests, input,
                                   cache_read, cache_write, output, cost_nano_usd, estimated, lost)
        SELECT book, min(from_seq), max(to_seq), (array_agg(prev_chain ORDER BY to_seq))[1], (array_agg(chain ORDER BY to_seq DESC))[1],
               'rows', late, max(settled_at), sum(attempts), sum(requests), sum(input), sum(cache_read), sum(cache_write), sum(output),
               sum(cost_nano_usd), sum(estimated), sum(lost)
          FROM runs GROUP BY book, date_trunc('hour', settled_at), late, run
        RETURNING 1)
      SELECT (SELECT count(*) FROM old) - (SELECT count(*) FROM folded) AS n`);
    return Number(rows[0]?.n ?? 0);
  });
}
