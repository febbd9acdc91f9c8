import { newId } from '@aicarpool/shared-protocol';
import { and, count, eq, gt } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction, type Job, LimitReached, type Tx } from '../../kernel/index.ts';
import type { InsightParts } from '../ports.ts';
import { groupAsk, type StatsInput } from '../stats/read-group-stats.ts';
import { insightExports } from '../tables.ts';
import { type ExportWish, exportGivenUpAfterMs, exportKeptMs, exportTimeoutMs, maxExportsAtOnce } from './export-wish.ts';
import type { runExportInput } from './run-export.ts';

type RequestInput = Omit<StatsInput, 'force_refresh' | 'model' | 'timeout'> & {
  readonly groupId: string;
  readonly include_model_breakdown: boolean;
  readonly export_format: 'json' | 'csv';
};

interface RequestedExport {
  query_id: string;
  status: 'processing';
  estimated_completion: string;
  progress: number;
  poll_url: string;
}

/** Has statistics worked out in the background, with the asker's rights of this moment. */
export async function requestExport(
  ctx: Ctx,
  parts: InsightParts,
  job: Job<typeof runExportInput>,
  input: RequestInput,
): Promise<RequestedExport> {
  allow(ctx, 'insight.export.request');
  const group = await parts.carpool.getGroup(ctx, input.groupId);
  const { forceRefresh: _, ...ask } = groupAsk(ctx, group, { ...input, force_refresh: true, timeout: exportTimeoutMs / 1000 });
  const wish: ExportWish = { ask, byModel: input.include_model_breakdown };
  const requestedAt = ctx.clock.now();
  const id = newId('query');
  const requestedBy = ctx.actor.kind === 'user' ? ctx.actor.userId : ctx.actor.kind;
  await inTransaction(ctx, async (tx) => {
    await refuseTooMany(tx, requestedBy, requestedAt);
    await tx.insert(insightExports).values({
      id,
      groupId: group.groupId,
      requestedBy,
      wish,
      format: input.export_format,
      status: 'processing',
      progress: 0,
      requestedAt,
      expiresAt: new Date(requestedAt.getTime() + exportKeptMs),
    });
    const after = { format: input.export_format, range: ask.range.name, filter: ask.filter };
    await audit(tx, ctx, { action: 'insight.export.request', target: { kind: 'export', id }, groupId: group.groupId, after });
    await ctx.jobs.enqueue(tx, job, { export_id: id });
  });
  return {
    query_id: id,
    status: 'processing',
    estimated_completion: new Date(requestedAt.getTime() + exportTimeoutMs).toISOString(),
    progress: 0,
    poll_url: `/api/v1/queries/${id}/status`,
  };
}

async function refuseTooMany(tx: Tx, requestedBy: string, now: Date): Promise<void> {
  const alive = new Date(now.getTime() - exportGivenUpAfterMs);
  const [row] = await tx
    .select({ running: count() })
    .from(insightExports)
    .where(
      and(
        eq(insightExports.requestedBy, requestedBy),
        eq(insightExports.status, 'processing'),
        gt(insightExports.requestedAt, alive),
      ),
    );
  if ((row?.running ?? 0) < maxExportsAtOnce) return;
  throw new LimitReached(
    'too_many_queries',
    `at most ${maxExportsAtOnce} background queries at once: wait for one to end`,
    undefined,
    10,
  );
}
