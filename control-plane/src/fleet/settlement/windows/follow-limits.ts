import { sql } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import type { SettlementParts } from '../settlement-parts.ts';
import { applyLimits } from './apply-limits.ts';

/** Applies the limits of quotas that changed after version `from`, up to `to`. */
export async function followLimits(ctx: Ctx, parts: SettlementParts, from: number, to: number): Promise<void> {
  const groups = await ctx.db.execute<{ scope: string }>(
    sql`SELECT DISTINCT scope FROM cfg_log WHERE version > ${from} AND version <= ${to} AND kind = 'quota' ORDER BY scope`,
  );
  if (groups.length > 0)
    await applyLimits(
      ctx,
      parts,
      groups.map(({ scope }) => scope),
    );
}
