import type { Statement } from '@aicarpool/shared-protocol/console';
import { sql } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, Forbidden, inTransaction } from '../../kernel/index.ts';
import type { StatementParts } from '../ports.ts';
import { insightStatements } from '../tables.ts';
import { figuresOf, viewWith } from './read-statement.ts';
import { statementView } from './statement-view.ts';

const lockSpace = 727_274_005;

/**
 * Closes a month that has ended: its figures are kept as they are. 409 `month_running`, `month_incomplete` (nodes may still
 * bring rows; said which); closing twice changes nothing.
 */
export async function closeStatement(
  ctx: Ctx,
  parts: StatementParts,
  groupId: string,
  month: string,
  evenIfIncomplete: boolean,
): Promise<Statement> {
  allow(ctx, 'insight.statement.close');
  const group = await parts.getPeople(ctx, groupId);
  if (!group.seesAll) throw new Forbidden('not_the_manager', 'only a manager of the group may do this');
  const { figures, closed } = await figuresOf(ctx.db, ctx, parts, group, month);
  if (closed) return await viewWith(ctx, parts, group, month, figures, closed);
  const view = await viewWith(ctx, parts, group, month, figures, undefined);
  if (view.status === 'running') throw new Conflict('month_running', 'this month has not ended', { ends_at: view.ends_at });
  if (!view.settled.complete && !evenIfIncomplete) {
    throw new Conflict(
      'month_incomplete',
      'nodes may still bring rows of this month; wait, or close it all the same',
      view.settled,
    );
  }
  const now = ctx.clock.now();
  const closedBy = ctx.actor.kind === 'user' ? ctx.actor.userId : null;
  return await inTransaction(ctx, async (tx) => {
    // One month of a group at a time: what one charges for an earlier month, another must not charge again.
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${lockSpace}, hashtext(${group.groupId}))`);
    const fresh = (await figuresOf(tx, ctx, parts, group, month)).figures;
    const row = { groupId: group.groupId, month, figures: fresh, closedAt: now, closedBy };
    const [kept] = await tx.insert(insightStatements).values(row).onConflictDoNothing().returning();
    if (!kept) throw new Conflict('month_closed', 'somebody else has just closed this month');
    const after = statementView({ groupId: group.groupId, month, figures: fresh, closed: row, behind: [], now });
    await audit(tx, ctx, {
      action: 'insight.statement.close',
      target: { kind: 'statement', id: `${group.groupId}/${month}` },
      groupId: group.groupId,
      after: { month, totals: after.totals, complete: view.settled.complete },
    });
    return after;
  });
}
