import { usdToNanoUsd } from '@aicarpool/shared-protocol';
import type { FixedCost } from '@aicarpool/shared-protocol/console';
import { allocate } from './allocate.ts';
import { type MemberFigures, type ModelLine, type StatementFigures, sumUse } from './figures.ts';

export interface UseLine extends ModelLine {
  readonly userId: string;
}

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly isMember: boolean;
}

export interface MonthFacts {
  readonly month: string;
  readonly group: Pick<StatementFigures, 'groupName' | 'timeZone' | 'startsAt' | 'endsAt'>;
  /** Everyone who was a member in the month, used something in it, or is in `closed`. */
  readonly people: readonly Person[];
  readonly use: readonly UseLine[];
  readonly fixedCosts: readonly FixedCost[];
  /** What settled books say today of months that are closed, by user id, and what was charged for them so far. */
  readonly closed: readonly ClosedMonth[];
}

export interface ClosedMonth {
  readonly month: string;
  readonly measuredNow: ReadonlyMap<string, number>;
  readonly charged: ReadonlyMap<string, number>;
}

/** Who used what in a month, and what each pays. Pure; every division adds up exactly. */
export function computeFigures(facts: MonthFacts): StatementFigures {
  const { month, people, use } = facts;
  const inForce = facts.fixedCosts.filter(
    ({ from_month, to_month }) => from_month <= month && (to_month === null || month <= to_month),
  );
  const measured = new Map(people.map(({ userId }) => [userId, measuredBy(use, userId)]));
  const divided = inForce.map((cost) => ({ cost, parts: divide(cost, people, measured) }));
  return {
    ...facts.group,
    fixedCosts: inForce.map(({ name, amount_usd, rule }) => ({ name, nanoUsd: usdToNanoUsd(amount_usd), rule })),
    members: people
      .map((person) => memberOf(person, facts, divided))
      .filter(
        ({ isMember, use: { requests, costNanoUsd }, adjustments }) =>
          isMember || requests + costNanoUsd + adjustments.length > 0,
      )
      .sort((a, b) => (a.name === b.name ? (a.userId < b.userId ? -1 : 1) : a.name < b.name ? -1 : 1)),
  };
}

type Divided = readonly { readonly cost: FixedCost; readonly parts: ReadonlyMap<string, number> }[];

function memberOf(person: Person, facts: MonthFacts, divided: Divided): MemberFigures {
  const lines = facts.use.filter(({ userId }) => userId === person.userId).map(({ userId: _, ...line }) => line);
  return {
    ...person,
    use: sumUse(lines),
    lines,
    fixed: divided.flatMap(({ cost, parts }) => {
      const nanoUsd = parts.get(person.userId) ?? 0;
      return nanoUsd === 0 ? [] : [{ name: cost.name, nanoUsd }];
    }),
    adjustments: facts.closed.flatMap(({ month, measuredNow, charged }) => {
      const nanoUsd = (measuredNow.get(person.userId) ?? 0) - (charged.get(person.userId) ?? 0);
      return nanoUsd === 0 ? [] : [{ month, nanoUsd }];
    }),
  };
}

function measuredBy(use: readonly UseLine[], userId: string): number {
  return use.reduce((sum, line) => (line.userId === userId ? sum + line.costNanoUsd : sum), 0);
}

/** Where a rule names nobody who is there, everyone pays the same: a cost is never left lying. */
function divide(cost: FixedCost, people: readonly Person[], measured: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const members = people.filter(({ isMember }) => isMember);
  const payers = members.length > 0 ? members : people;
  const weightOf = ({ userId }: Person): number => {
    if (cost.rule === 'by_use') return measured.get(userId) ?? 0;
    return cost.rule === 'by_share' ? (cost.shares[userId] ?? 0) : 1;
  };
  const all = cost.rule === 'by_use' ? people : payers;
  const weights = new Map(all.map((person) => [person.userId, weightOf(person)]));
  const isEmpty = [...weights.values()].every((weight) => weight === 0);
  return allocate(usdToNanoUsd(cost.amount_usd), isEmpty ? new Map(payers.map(({ userId }) => [userId, 1])) : weights);
}
