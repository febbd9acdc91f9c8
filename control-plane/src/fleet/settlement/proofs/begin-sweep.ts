import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';

/** A question that was not answered for so long is asked again from the beginning. */
const givenUpMs = 3_600_000;

/**
 * Has every open book read all its settled rows again, from its first batch on; `takeProof` asks for the next range. Books
 * that are at it go on. Nodes learn of it with the answer to their next settlement, within a minute. Gives how many began.
 */
export async function beginSweep(ctx: Ctx): Promise<number> {
  allow(ctx, 'fleet.ledger.check');
  const now = ctx.clock.now();
  return await inTransaction(ctx, async (tx) => {
    const begun = await tx.execute<{ id: string }>(
      sql`UPDATE fleet_books AS book SET ask_from = first.from_seq, ask_to = first.to_seq, asked_at = ${now.toISOString()}::timestamptz,
                 sweep_from = first.from_seq
            FROM (SELECT due.id, batch.from_seq, batch.to_seq
                    FROM (SELECT id FROM fleet_books
                           WHERE state = 'open' AND NOT finished
                             AND (sweep_from IS NULL OR asked_at < ${new Date(now.getTime() - givenUpMs).toISOString()}::timestamptz)
                           ORDER BY id FOR UPDATE) AS due
                   CROSS JOIN LATERAL (SELECT from_seq, to_seq FROM fleet_batches
                                        WHERE book = due.id AND kind = 'rows' ORDER BY to_seq LIMIT 1) AS batch) AS first
           WHERE book.id = first.id RETURNING book.id`,
    );
    await audit(tx, ctx, {
      action: 'fleet.ledger.check',
      target: { kind: 'ledger', id: 'all' },
      after: { books: begun.length },
    });
    return begun.length;
  });
}
