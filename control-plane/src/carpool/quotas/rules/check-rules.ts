import type { QuotaWarning } from '@aicarpool/shared-protocol/console';
import { nameOfPlace, type RulePlace, type RuleTerms, toConsole } from './rule.ts';

export type Rule = RulePlace & Pick<RuleTerms, 'limit'>;

/** What the rules of a group speak of. */
export interface RuleSurroundings {
  readonly members: number;
  /** Whose key it is, by key id. */
  readonly ownerOf: ReadonlyMap<string, string>;
}

/** `error`: the requirement forbids it; `warning`: it can be, but may not be meant. */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly code: 'quota_over_group' | 'quota_over_member' | 'services_over_group' | 'members_over_group' | 'day_over_month';
  readonly message: string;
  /** What the message says, to be said in any language; amounts as the console says them. */
  readonly params: QuotaWarning['params'];
  /** Places that it is about. */
  readonly about: readonly string[];
}

/**
 * What is wrong with the rules of a group, as far as rules of one unit and window can be compared: a part (key of a
 * member, member of the group, one service of all) never gets more than the whole, nor do services in sum.
 */
export function checkRules(rules: readonly Rule[], surroundings: RuleSurroundings): readonly Finding[] {
  const byPlace = new Map(rules.map((rule) => [nameOfPlace(rule), rule]));
  const find = (place: RulePlace) => byPlace.get(nameOfPlace(place));
  return rules.flatMap((rule) => [
    ...partsOverWhole(rule, surroundings, find),
    ...servicesOverAll(rule, rules),
    ...membersOverGroup(rule, rules, surroundings),
    ...dayOverMonth(rule, find),
  ]);
}

type Find = (place: RulePlace) => Rule | undefined;

function* partsOverWhole(rule: Rule, surroundings: RuleSurroundings, find: Find): Generator<Finding> {
  for (const whole of wholesOf(rule, surroundings, find)) {
    if (rule.limit <= whole.limit) continue;
    yield {
      level: 'error',
      code: whole.of === 'member' ? 'quota_over_member' : 'quota_over_group',
      message: `${say(rule)} is more than ${say(whole)}`,
      params: {},
      about: [nameOfPlace(rule), nameOfPlace(whole)],
    };
  }
}

/** The rules that count everything that `rule` counts, and more. */
function wholesOf(rule: Rule, { ownerOf }: RuleSurroundings, find: Find): Rule[] {
  const services = rule.serviceId === null ? [null] : [rule.serviceId, null];
  const wholes = services.flatMap((serviceId) => {
    const group = find({ ...rule, of: 'group', subject: null, serviceId });
    const owner = rule.of === 'key' && rule.subject !== null ? (ownerOf.get(rule.subject) ?? null) : null;
    const his = owner === null ? undefined : find({ ...rule, of: 'member', subject: owner, serviceId });
    const member = rule.of === 'key' ? (his ?? find({ ...rule, of: 'member', subject: null, serviceId })) : undefined;
    const same = find({ ...rule, serviceId });
    return [group, member, same].filter((one) => one !== undefined && one !== rule) as Rule[];
  });
  return [...new Set(wholes)].filter((whole) => nameOfPlace(whole) !== nameOfPlace(rule));
}

function* servicesOverAll(rule: Rule, rules: readonly Rule[]): Generator<Finding> {
  if (rule.of !== 'group' || rule.serviceId !== null) return;
  const parts = rules.filter(
    ({ of, serviceId, unit, window }) => of === 'group' && serviceId !== null && unit === rule.unit && window === rule.window,
  );
  const sum = parts.reduce((total, { limit }) => total + limit, 0);
  if (sum <= rule.limit) return;
  yield {
    level: 'error',
    code: 'services_over_group',
    message: `the limits of services add up to ${amountOf(rule.unit, sum)}, more than ${say(rule)}`,
    params: {},
    about: [nameOfPlace(rule), ...parts.map(nameOfPlace)],
  };
}

function* membersOverGroup(rule: Rule, rules: readonly Rule[], { members }: RuleSurroundings): Generator<Finding> {
  if (rule.of !== 'group') return;
  const same = rules.filter(
    ({ of, serviceId, unit, window }) =>
      of === 'member' && serviceId === rule.serviceId && unit === rule.unit && window === rule.window,
  );
  const named = same.filter(({ subject }) => subject !== null);
  const each = same.find(({ subject }) => subject === null);
  const sum = named.reduce((total, { limit }) => total + limit, 0) + (each?.limit ?? 0) * Math.max(0, members - named.length);
  if (rule.limit === 0 || sum <= rule.limit) return;
  const times = Math.round((sum / rule.limit) * 10) / 10;
  yield {
    level: 'warning',
    code: 'members_over_group',
    message: `the limits of members add up to ${amountOf(rule.unit, sum)}, ${times} times ${say(rule)}`,
    params: {
      ...counted(rule),
      window: rule.window,
      limit: toConsole(rule.unit, rule.limit),
      sum: toConsole(rule.unit, sum),
      times,
    },
    about: [nameOfPlace(rule), ...same.map(nameOfPlace)],
  };
}

function* dayOverMonth(rule: Rule, find: Find): Generator<Finding> {
  const month = rule.window === 'day' ? find({ ...rule, window: 'month' }) : undefined;
  if (!month || rule.limit <= month.limit) return;
  yield {
    level: 'warning',
    code: 'day_over_month',
    message: `${say(rule)} is more than ${say(month)} and is never reached`,
    params: {
      ...counted(rule),
      limit: toConsole(rule.unit, rule.limit),
      month_limit: toConsole(rule.unit, month.limit),
    },
    about: [nameOfPlace(rule), nameOfPlace(month)],
  };
}

function counted({ unit, serviceId }: Rule): QuotaWarning['params'] {
  return { unit: unit === 'tokens' ? 'tokens' : 'usd', service_name: serviceId ?? '' };
}

function say({ of, subject, serviceId, unit, window, limit }: Rule): string {
  const whose = of === 'group' ? 'the group' : subject === null ? `each ${of}` : `${of} ${subject}`;
  const when = window === 'total' ? 'in all' : `a ${window}`;
  return `the ${amountOf(unit, limit)} ${when} of ${whose}${serviceId === null ? '' : ` for ${serviceId}`}`;
}

function amountOf(unit: Rule['unit'], amount: number): string {
  return unit === 'tokens' ? `${amount} tokens` : `$${toConsole(unit, amount)}`;
}
