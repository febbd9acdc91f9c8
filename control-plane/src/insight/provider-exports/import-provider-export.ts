import { newId } from '@aicarpool/shared-protocol';
import type { ProviderComparison } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, sql } from 'drizzle-orm';
import { allow, audit, type Ctx, Forbidden, Invalid, inTransaction, NotFound, offsetOf, type Page } from '../../kernel/index.ts';
import type { ExportParts, GroupPeople } from '../ports.ts';
import { insightComparisons } from '../tables.ts';
import { compare } from './compare.ts';
import { readTable } from './read-table.ts';

export interface ExportWish {
  readonly service_name: string;
  readonly upstream_id: string | null;
  readonly content: string;
}

const longestDays = 400;
const dayMs = 86_400_000;

/** Compares a provider's export with the settled books of the same days, for managers. The table itself is not kept. */
export async function importProviderExport(
  ctx: Ctx,
  parts: ExportParts,
  groupId: string,
  wish: ExportWish,
): Promise<ProviderComparison> {
  allow(ctx, 'insight.provider_export.import');
  const group = await getManaged(ctx, parts, groupId);
  const { format, rows } = readTable(wish.content);
  const dates = rows.map(({ date }) => date).sort();
  const [from = '', to = ''] = [dates[0], dates.at(-1)];
  const fromMs = Date.parse(`${from}T00:00:00Z`);
  const untilMs = Date.parse(`${to}T00:00:00Z`) + dayMs;
  if (untilMs - fromMs > longestDays * dayMs) throw new Invalid('export_too_long', `an export may span ${longestDays} days`);
  const { service_name: service, upstream_id: upstreamId } = wish;
  const ours = await parts.readBookedDays(ctx.db, {
    groupId: group.groupId,
    service,
    upstreamId,
    from: new Date(fromMs),
    to: new Date(untilMs),
  });
  const now = ctx.clock.now();
  const body: ProviderComparison = {
    id: newId('query'),
    group_id: group.groupId,
    service_name: service,
    upstream_id: upstreamId,
    format,
    from,
    to,
    imported_at: now.toISOString(),
    imported_by: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
    rows: rows.length,
    ...compare(rows, ours),
  };
  if (body.lines.length > 5000) throw new Invalid('export_too_long', 'more than 5,000 days and models; import it in parts');
  await inTransaction(ctx, async (tx) => {
    await tx.insert(insightComparisons).values({ id: body.id, groupId: group.groupId, importedAt: now, body });
    await audit(tx, ctx, {
      action: 'insight.provider_export.import',
      target: { kind: 'comparison', id: body.id },
      groupId: group.groupId,
      after: { service, upstream_id: upstreamId, format, from, to, totals: body.totals },
    });
  });
  return body;
}

/** Comparisons that were made, newest first, for managers. */
export async function listComparisons(ctx: Ctx, parts: ExportParts, groupId: string, page: Page) {
  allow(ctx, 'insight.provider_export.read');
  const group = await getManaged(ctx, parts, groupId);
  const where = eq(insightComparisons.groupId, group.groupId);
  const [counted] = await ctx.db.select({ count: count() }).from(insightComparisons).where(where);
  const rows = await ctx.db
    .select({ body: sql<Omit<ProviderComparison, 'lines'>>`${insightComparisons.body} - 'lines'` })
    .from(insightComparisons)
    .where(where)
    .orderBy(desc(insightComparisons.importedAt), desc(insightComparisons.id))
    .limit(page.limit)
    .offset(offsetOf(page));
  return { comparisons: rows.map(({ body }) => body), total: counted?.count ?? 0 };
}

/** One comparison in full. 404 `comparison_unknown`. */
export async function getComparison(ctx: Ctx, parts: ExportParts, groupId: string, id: string): Promise<ProviderComparison> {
  allow(ctx, 'insight.provider_export.read');
  const group = await getManaged(ctx, parts, groupId);
  const [row] = await ctx.db
    .select()
    .from(insightComparisons)
    .where(and(eq(insightComparisons.groupId, group.groupId), eq(insightComparisons.id, id)));
  if (!row) throw new NotFound('comparison_unknown', 'there is no such comparison');
  return row.body;
}

async function getManaged(ctx: Ctx, parts: ExportParts, groupId: string): Promise<GroupPeople> {
  const group = await parts.getPeople(ctx, groupId);
  if (!group.seesAll) throw new Forbidden('not_the_manager', 'only a manager of the group may do this');
  return group;
}
