import { and, desc, eq, gte } from 'drizzle-orm';
import type { Db } from '../../kernel/index.ts';
import type { GroupPeople, StatementParts } from '../ports.ts';
import { insightFixedCosts, insightStatements } from '../tables.ts';
import { type ClosedMonth, computeFigures, type Person } from './compute-figures.ts';
import type { StatementFigures } from './figures.ts';
import { monthAfter, monthEdges } from './month.ts';

/** What was settled late counts for this long: nodes keep their rows for 30 days. */
const adjustedForMonths = 12;

export type ClosedRow = typeof insightStatements.$inferSelect;

/** The figures of a month out of the settled books as they are now. */
export async function gatherFigures(db: Db, parts: StatementParts, group: GroupPeople, month: string): Promise<StatementFigures> {
  const rows = await readClosedAround(db, group, month);
  const { startsAt, endsAt } = edgesBetween(group, month, rows);
  const use = await parts.books.readUse(db, group.groupId, startsAt, endsAt);
  const [stored] = await db.select().from(insightFixedCosts).where(eq(insightFixedCosts.groupId, group.groupId));
  const closed = await measureAgain(db, parts, group, month, rows);
  const late = closed.flatMap(({ measuredNow, charged }) => [...measuredNow.keys(), ...charged.keys()]);
  const people = await peopleOf(db, parts, group, endsAt, [...use.map(({ userId }) => userId), ...late]);
  return computeFigures({
    month,
    group: { groupName: group.name, timeZone: group.timeZone, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() },
    people,
    use,
    fixedCosts: stored?.costs ?? [],
    closed,
  });
}

/** A month begins where the closed one before it ended, whatever time zone that was in: every hour is charged once. */
function edgesBetween({ timeZone }: GroupPeople, month: string, rows: readonly ClosedRow[]): { startsAt: Date; endsAt: Date } {
  const figuresOf = (wanted: string) => rows.find((row) => row.month === wanted)?.figures;
  const [before, after] = [figuresOf(monthAfter(month, -1))?.endsAt, figuresOf(monthAfter(month, 1))?.startsAt];
  const { startsAt, endsAt } = monthEdges(timeZone, month);
  return { startsAt: before === undefined ? startsAt : new Date(before), endsAt: after === undefined ? endsAt : new Date(after) };
}

async function peopleOf(
  db: Db,
  parts: StatementParts,
  group: GroupPeople,
  endsAt: Date,
  users: readonly string[],
): Promise<Person[]> {
  const members = group.members.filter(({ joinedAt }) => joinedAt < endsAt);
  const known = new Set(members.map(({ userId }) => userId));
  const gone = [...new Set(users)].filter((userId) => !known.has(userId));
  const names = await parts.namesOf(db, gone);
  return [
    ...members.map(({ userId, name }) => ({ userId, name, isMember: true })),
    ...gone.map((userId) => ({ userId, name: names.get(userId) ?? userId, isMember: false })),
  ];
}

/** Closed months, newest first: those of which late rows still count, and all that came after them. */
async function readClosedAround(db: Db, { groupId }: GroupPeople, month: string): Promise<ClosedRow[]> {
  const recent = gte(insightStatements.month, monthAfter(month, -adjustedForMonths));
  return await db
    .select()
    .from(insightStatements)
    .where(and(eq(insightStatements.groupId, groupId), recent))
    .orderBy(desc(insightStatements.month));
}

/** Closed months before this one: what the books say of them today, and what was charged for them so far, by whichever month. */
async function measureAgain(
  db: Db,
  parts: StatementParts,
  group: GroupPeople,
  month: string,
  rows: readonly ClosedRow[],
): Promise<ClosedMonth[]> {
  const closed: ClosedMonth[] = [];
  for (const row of rows) {
    if (row.month >= month) continue;
    const { startsAt, endsAt } = row.figures;
    const measuredNow = new Map<string, number>();
    for (const { userId, costNanoUsd } of await parts.books.readUse(db, group.groupId, new Date(startsAt), new Date(endsAt))) {
      measuredNow.set(userId, (measuredNow.get(userId) ?? 0) + costNanoUsd);
    }
    closed.push({ month: row.month, measuredNow, charged: chargedFor(row, rows) });
  }
  return closed;
}

/** What a closed month itself and the adjustments of all others have charged for it. */
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
