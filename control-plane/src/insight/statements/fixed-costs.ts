import { isDeepStrictEqual } from 'node:util';
import type { FixedCost } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, Forbidden, Invalid, inTransaction } from '../../kernel/index.ts';
import type { StatementParts } from '../ports.ts';
import { insightFixedCosts } from '../tables.ts';

/** What a group pays each month beside measured use, for its members. */
export async function readFixedCosts(ctx: Ctx, parts: StatementParts, groupId: string): Promise<readonly FixedCost[]> {
  allow(ctx, 'insight.statement.read');
  const group = await parts.getPeople(ctx, groupId);
  const [row] = await ctx.db.select().from(insightFixedCosts).where(eq(insightFixedCosts.groupId, group.groupId));
  return row?.costs ?? [];
}

/**
 * Sets them, for managers. Months that are closed stay as they are. 409 `fixed_costs_moved` when they are not as
 * `expected` any more.
 */
export async function setFixedCosts(
  ctx: Ctx,
  parts: StatementParts,
  groupId: string,
  costs: readonly FixedCost[],
  expected?: readonly FixedCost[],
): Promise<readonly FixedCost[]> {
  allow(ctx, 'insight.fixed_cost.set');
  const group = await parts.getPeople(ctx, groupId);
  if (!group.seesAll) throw new Forbidden('not_the_manager', 'only a manager of the group may do this');
  for (const { name, from_month, to_month, rule, shares } of costs) {
    if (to_month !== null && to_month < from_month) throw new Invalid('months_reversed', `${name} ends before it begins`);
    const sum = Object.values(shares).reduce((total, share) => total + share, 0);
    if (rule === 'by_share' && sum === 0)
      throw new Invalid('shares_missing', `${name} is divided by shares: give each payer one`);
  }
  return await inTransaction(ctx, async (tx) => {
    const mine = eq(insightFixedCosts.groupId, group.groupId);
    const updatedAt = ctx.clock.now();
    // A row that is not there cannot be locked: of two that come first, both would see nothing.
    await tx.insert(insightFixedCosts).values({ groupId: group.groupId, costs: [], updatedAt }).onConflictDoNothing();
    const [before] = await tx.select().from(insightFixedCosts).where(mine).for('update');
    if (expected && !isDeepStrictEqual(before?.costs, expected))
      throw new Conflict('fixed_costs_moved', 'the fixed costs changed since you read them; read them again');
    await tx.update(insightFixedCosts).set({ costs, updatedAt }).where(mine);
    await audit(tx, ctx, {
      action: 'insight.fixed_cost.set',
      target: { kind: 'group', id: group.groupId },
      groupId: group.groupId,
      before: before?.costs ?? [],
      after: costs,
    });
    return costs;
  });
}
