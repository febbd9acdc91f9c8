import { and, eq, gt } from 'drizzle-orm';
import { allow, Conflict, type Ctx, NotFound } from '../../kernel/index.ts';
import type { InsightParts } from '../ports.ts';
import { insightExports } from '../tables.ts';
import { type ExportResult, exportGivenUpAfterMs, wishOf } from './export-wish.ts';

type Row = typeof insightExports.$inferSelect;

interface ExportStatus {
  query_id: string;
  status: Row['status'];
  progress: number;
  started_at: string | null;
  completed_at: string | null;
  result_url: string | null;
  result_expires_at: string | null;
  error: string | null;
}

/** How far a background question is, for who asked it and for administrators. */
export async function readExportStatus(ctx: Ctx, parts: InsightParts, queryId: string): Promise<ExportStatus> {
  allow(ctx, 'insight.export.read');
  const row = await getExport(ctx, parts, queryId);
  const status = statusOf(row, ctx.clock.now());
  const done = status === 'completed';
  return {
    query_id: row.id,
    status,
    progress: row.progress,
    started_at: row.startedAt?.toISOString() ?? null,
    completed_at: row.completedAt?.toISOString() ?? null,
    result_url: done ? `/api/v1/queries/${row.id}/result` : null,
    result_expires_at: done ? row.expiresAt.toISOString() : null,
    error: status === 'timeout' ? 'no result in ten minutes; ask again' : row.error,
  };
}

/** What a background question found. Throws Conflict while there is nothing. */
export async function readExportResult(ctx: Ctx, parts: InsightParts, queryId: string): Promise<ExportResult> {
  allow(ctx, 'insight.export.read');
  const row = await getExport(ctx, parts, queryId);
  if (row.result !== null) return resultOf(row.result);
  const status = statusOf(row, ctx.clock.now());
  const message =
    status === 'processing' ? 'the result is not there yet: ask for the status' : (row.error ?? 'there is no result');
  throw new Conflict(`query_${status}`, message);
}

/** Somebody else's question, one past its time, and one about a group that the asker has left look like none. */
async function getExport(ctx: Ctx, parts: InsightParts, queryId: string): Promise<Row> {
  const alive = and(eq(insightExports.id, queryId), gt(insightExports.expiresAt, ctx.clock.now()));
  const [row] = await ctx.db.select().from(insightExports).where(alive);
  if (!row || !isTheirs(ctx, row)) throw new NotFound('query_not_found', 'there is no such query, or its result has expired');
  const group = await parts.carpool.getGroup(ctx, row.groupId);
  const seesAll = wishOf(row.wish).ask.filter.user_ids === null;
  if (seesAll && !group.seesAll) throw new NotFound('query_not_found', 'there is no such query, or its result has expired');
  return row;
}

function isTheirs({ actor }: Ctx, row: Row): boolean {
  if (actor.kind !== 'user') return actor.kind === 'system';
  return row.requestedBy === actor.userId || actor.role === 'super_admin' || actor.role === 'admin';
}

function statusOf(row: Row, now: Date): Row['status'] {
  const givenUp = row.status === 'processing' && now.getTime() - row.requestedAt.getTime() > exportGivenUpAfterMs;
  return givenUp ? 'timeout' : row.status;
}

/** What `runExport` stored. */
function resultOf(stored: string): ExportResult {
  return JSON.parse(stored) as ExportResult;
}
