import type { Statement } from '@aicarpool/shared-protocol/console';
import { and, eq } from 'drizzle-orm';
import { allow, type Ctx, type Db, Invalid } from '../../kernel/index.ts';
import type { GroupPeople, StatementParts } from '../ports.ts';
import { insightStatements } from '../tables.ts';
import type { StatementFigures } from './figures.ts';
import { type ClosedRow, gatherFigures } from './gather-figures.ts';
import { monthAt } from './month.ts';
import { statementView } from './statement-view.ts';

/** Who used what in a month, and what each pays; members see themselves only. 404 `group_unknown`. */
export async function readStatement(ctx: Ctx, parts: StatementParts, groupId: string, month: string): Promise<Statement> {
  allow(ctx, 'insight.statement.read');
  const group = await parts.getPeople(ctx, groupId);
  const { figures, closed } = await figuresOf(ctx.db, ctx, parts, group, month);
  const shown = group.seesAll ? figures : { ...figures, members: figures.members.filter(({ userId }) => isSelf(ctx, userId)) };
  return await viewWith(ctx, parts, group, month, shown, closed);
}

export interface Figured {
  readonly figures: StatementFigures;
  /** undefined: the month is not closed. */
  readonly closed: ClosedRow | undefined;
}

export async function figuresOf(db: Db, ctx: Ctx, parts: StatementParts, group: GroupPeople, month: string): Promise<Figured> {
  if (month > monthAt(group.timeZone, ctx.clock.now())) throw new Invalid('month_ahead', 'this month has not begun');
  if (month < monthAt(group.timeZone, group.createdAt))
    throw new Invalid('month_before_group', 'the group did not exist in this month');
  const [closed] = await db
    .select()
    .from(insightStatements)
    .where(and(eq(insightStatements.groupId, group.groupId), eq(insightStatements.month, month)));
  return { closed, figures: closed?.figures ?? (await gatherFigures(db, parts, group, month)) };
}

/** With how far the nodes have settled, which concerns a closed month no more. */
export async function viewWith(
  ctx: Ctx,
  parts: StatementParts,
  group: GroupPeople,
  month: string,
  figures: StatementFigures,
  closed: ClosedRow | undefined,
): Promise<Statement> {
  const now = ctx.clock.now();
  const behind = closed
    ? []
    : await parts.books.readBehind(ctx, group.groupId, new Date(figures.startsAt), new Date(figures.endsAt));
  return statementView({ groupId: group.groupId, month, figures, closed, behind, now });
}

function isSelf({ actor }: Ctx, userId: string): boolean {
  return actor.kind === 'user' && actor.userId === userId;
}
