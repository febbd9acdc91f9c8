import { lte } from 'drizzle-orm';
import type { Ctx } from '../kernel/index.ts';
import { pruneAnswers } from './cache/kept-answers.ts';
import { insightExports } from './tables.ts';

/** Forgets kept answers and results past their time. */
export async function pruneInsight(ctx: Ctx): Promise<void> {
  await pruneAnswers(ctx);
  await ctx.db.delete(insightExports).where(lte(insightExports.expiresAt, ctx.clock.now()));
}
