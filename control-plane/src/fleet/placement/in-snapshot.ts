import { sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';

/**
 * Runs `work` on one unchanging picture of the database, which it cannot write to.
 * No allow: the verb that reads has asked. No audit: nothing is written.
 */
export async function inSnapshot<T>(ctx: Pick<Ctx, 'db'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await inTransaction(ctx, async (tx) => {
    await tx.execute(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`);
    return await work(tx);
  });
}
