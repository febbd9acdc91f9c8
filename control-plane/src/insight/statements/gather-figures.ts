import { and, desc, eq, gte, lt } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import type { GroupPeople, StatementParts } from '../ports.ts';
import { insightFixedCosts, insightStatements } from '../tables.ts';
import { type ClosedMonth, computeFigures, type Person } from './compute-figures.ts';
import type { StatementFigures } from './figures.ts';
import { monthAfter, monthEdges } from './month.ts';

/** What was settled late counts for this long: nodes keep their rows for 30 days. */
const adjustedForMonths = 12;

export type ClosedRow = typeof insightStatements.$inferSelect;

/** The figures of a month out of the settled books as they are now. */
export async function gatherFigures(
  db: Db,
  ctx: Ctx,
  parts: StatementParts,
  group: GroupPeople,
  month: string,
): Promise<StatementFigures> {
  const { startsAt, endsAt } = monthEdges(group.timeZone, month);
  const use = await parts.books.readUse(db, group.groupId, startsAt, endsAt);
  const [stored] = await db.select().from(insightFixedCosts).where(eq(insightFixedCosts.groupId, group.groupId));
  const closed = await readClosedBefore(db, parts, group, month);
  const late = closed.flatMap(({ measuredNow, charged }) => [...measuredNow.keys(), ...charged.keys()]);
  const people = await peopleOf(ctx, parts, group, endsAt, [...use.map(({ userId }) => userId), ...late]);
  const figures = computeFigures({
    month,
    group: { groupName: group.name, timeZone: group.timeZone, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() },
    people,
    use,
    fixedCosts: stored?.costs ?? [],
    closed,
  });
  return figures;
}

async function peopleOf(
  ctx: Ctx,
  parts: StatementParts,
  group: GroupPeople,
  endsAt: Date,
  users: readonly string[],
): Promise<Person[]> {
  const members = group.members.filter(({ joinedAt }) => joinedAt < endsAt);
  const known = new Set(members.map(({ userId }) => userId));
  const gone = [...new Set(users)].filter((userId) => !known.has(userId));
  const names = await parts.namesOf(ctx, gone);
  return [
    ...members.map(({ userId, name }) => ({ userId, name, isMember: true })),
    ...gone.map((userId) => ({ userId, name: names.get(userId) ?? userId, isMember: false })),
  ];
}

/** Months before this one that are closed: what the books say of them today, and what was charged for them so far. */
async function readClosedBefore(db: Db, parts: StatementParts, group: GroupPeople, month: string): Promise<ClosedMonth[]> {
  const rows = await db
    .select()
    .from(insightStatements)
    .where(
      and(
        eq(insightStatements.groupId, group.groupId),
        lt(insightStatements.month, month),
        gte(insightStatements.month, monthAfter(month, -adjustedForMonths)),
      ),
    )
    .orderBy(desc(insightStatements.month));
  const closed: ClosedMonth[] = [];
  for (const row of rows) {
    const { startsAt, endsAt } = row.figures;
    const measuredNow = new Map<string, number>();
    for (const { userId, costNanoUsd } of await parts.books.readUse(db, group.groupId, new Date(startsAt), new Date(endsAt))) {
      measuredNow.set(userId, (measuredNow.get(userId) ?? 0) + costNanoUsd);
    }
    closed.push({ month: row.month, measuredNow, charged: chargedFor(row, rows) });
  }
  return closed;
}

/** What a closed month itself and the adjustments of later ones have charged for it. */
export function chargedFor(
  row: Pick<ClosedRow, 'month' | 'figures'>,
  all: readonly Pick<ClosedRow, 'month' | 'figures'>[],
): Map<string, number> {
  const charged = new Map(row.figures.members.map(({ userId, use }) => [userId, use.costNanoUsd]));
  for (const { figures } of all) {
    for (const { userId, adjustments } of figures.members) {
      const added = adjustments.filter(({ month }) => month === row.month).reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
      if (added !== 0) charged.set(userId, (charged.get(userId) ?? 0) + added);
    }
  }
  return charged;
}
