import { nanoUsdToUsd } from '@aicarpool/shared-protocol';
import type { Statement } from '@aicarpool/shared-protocol/console';
import { and, eq, inArray } from 'drizzle-orm';
import { allow, type Ctx, offsetOf, type Page } from '../../kernel/index.ts';
import type { StatementParts } from '../ports.ts';
import { insightStatements } from '../tables.ts';
import { adjustedBy, fixedOf } from './figures.ts';
import { monthAfter, monthAt } from './month.ts';

export interface ListedStatement {
  month: string;
  status: Statement['status'];
  closed_at: string | null;
  total_usd: number | null;
}

/** The months since a group began, newest first. Only closed ones have a total, which members do not see. */
export async function listStatements(
  ctx: Ctx,
  parts: StatementParts,
  groupId: string,
  page: Page,
): Promise<{ statements: ListedStatement[]; total: number }> {
  allow(ctx, 'insight.statement.read');
  const group = await parts.getPeople(ctx, groupId);
  const current = monthAt(group.timeZone, ctx.clock.now());
  const first = monthAt(group.timeZone, group.createdAt);
  const months: string[] = [];
  for (let month = current; month >= first; month = monthAfter(month, -1)) months.push(month);
  const shown = months.slice(offsetOf(page), offsetOf(page) + page.limit);
  const rows = await ctx.db
    .select()
    .from(insightStatements)
    .where(and(eq(insightStatements.groupId, group.groupId), inArray(insightStatements.month, shown)));
  const byMonth = new Map(rows.map((row) => [row.month, row]));
  return {
    total: months.length,
    statements: shown.map((month) => {
      const row = byMonth.get(month);
      const sum = row?.figures.members.reduce((total, one) => total + one.use.costNanoUsd + fixedOf(one) + adjustedBy(one), 0);
      return {
        month,
        status: row ? 'closed' : month === current ? 'running' : 'ended',
        closed_at: row?.closedAt.toISOString() ?? null,
        total_usd: sum === undefined || !group.seesAll ? null : nanoUsdToUsd(sum),
      };
    }),
  };
}
