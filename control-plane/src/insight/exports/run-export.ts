import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { allow, type Ctx } from '../../kernel/index.ts';
import type { InsightParts } from '../ports.ts';
import { gather, replyOf, reportOf, type StatsAsk } from '../stats/read-stats.ts';
import { insightExports } from '../tables.ts';
import { type ExportResult, type ExportWish, maxExportBytes, wishOf } from './export-wish.ts';
import { writeCsv } from './write-csv.ts';

export const runExportInput = z.object({ export_id: z.string() });

/** Works one background question out. Running twice gives one result: a question that has ended is left alone. */
export async function runExport(ctx: Ctx, parts: InsightParts, input: z.output<typeof runExportInput>): Promise<void> {
  allow(ctx, 'insight.export.run');
  const open = and(eq(insightExports.id, input.export_id), eq(insightExports.status, 'processing'));
  const [row] = await ctx.db.update(insightExports).set({ startedAt: ctx.clock.now(), progress: 10 }).where(open).returning();
  if (!row) return;
  const ending = await workOut(ctx, parts, wishOf(row.wish), row.format);
  await ctx.db
    .update(insightExports)
    .set({ ...ending, completedAt: ctx.clock.now() })
    .where(open);
}

type Ending = { status: 'completed'; progress: 100; result: string; resultBytes: number } | { status: 'failed'; error: string };

async function workOut(ctx: Ctx, parts: InsightParts, wish: ExportWish, format: 'json' | 'csv'): Promise<Ending> {
  try {
    const result = JSON.stringify(await resultOf(ctx, parts, wish, format));
    const resultBytes = Buffer.byteLength(result);
    if (resultBytes > maxExportBytes) {
      return { status: 'failed', error: 'the result is too large: choose a shorter range or a coarser granularity' };
    }
    return { status: 'completed', progress: 100, result, resultBytes };
  } catch (error) {
    ctx.log.error({ err: error }, 'a background query failed');
    return { status: 'failed', error: 'the statistics could not be worked out; ask again' };
  }
}

async function resultOf(ctx: Ctx, parts: InsightParts, wish: ExportWish, format: 'json' | 'csv'): Promise<ExportResult> {
  const ask: StatsAsk = { ...wish.ask, forceRefresh: true };
  const gathered = await gather(ctx, parts, ask);
  const body = reportOf(ctx, ask, gathered);
  if (format === 'csv') {
    const text = writeCsv(gathered, body, { byModel: wish.byModel, byUser: ask.byUser ?? false, byKey: ask.byKey ?? false });
    return { kind: 'csv', text, fileName: `usage-${body.query_info.start.slice(0, 10)}-${body.query_info.end.slice(0, 10)}.csv` };
  }
  const askedAt = new Date(gathered.askedAtMs);
  const kept = { body, askedAt, expiresAt: askedAt, cached: false };
  return { kind: 'json', reply: { success: true, ...replyOf(ctx, kept, gathered.tookMs) } };
}
