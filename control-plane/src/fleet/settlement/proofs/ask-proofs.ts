import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import { nextSweepRange } from './settled-range.ts';

/** A question that stays unanswered for so long is put anew: the node was away, or began new books. */
const staleMs = 3_600_000;

/**
 * Asks every open book to read a part of its settled rows again: a range at random, or everything from its first row on,
 * piece by piece. The question goes with the next answer to its reports. Gives how many books are asked.
 */
// No audit: nothing is changed by asking; what comes of it is kept as a proof.
export async function askProofs(ctx: Ctx, kind: 'sample' | 'sweep', random: () => number = Math.random): Promise<number> {
  allow(ctx, 'fleet.ledger.check');
  const now = ctx.clock.now();
  const stale = new Date(now.getTime() - staleMs).toISOString();
  const books = await ctx.db.execute<{ id: string; acked_seq: string }>(
    sql`SELECT id, acked_seq FROM fleet_books
         WHERE state = 'open' AND acked_seq > 0 AND (ask_from IS NULL OR asked_at < ${stale}::timestamptz) ORDER BY id`,
  );
  let asked = 0;
  for (const { id, acked_seq } of books) {
    const from = kind === 'sweep' ? 1 : 1 + Math.floor(random() * Number(acked_seq));
    asked += (await ask(ctx, id, from, kind)) ? 1 : 0;
  }
  return asked;
}

async function ask(ctx: Ctx, book: string, from: number, kind: 'sample' | 'sweep'): Promise<boolean> {
  return await inTransaction(ctx, async (tx) => {
    const range = (await nextSweepRange(tx, book, from)) ?? (await nextSweepRange(tx, book, 1));
    if (!range) return false;
    await tx.execute(
      sql`UPDATE fleet_books SET ask_from = ${range.from}, ask_to = ${range.to}, asked_at = ${ctx.clock.now().toISOString()}::timestamptz,
                 sweep_from = ${kind === 'sweep' ? range.from : null} WHERE id = ${book}`,
    );
    return true;
  });
}
