import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRules, type Rule } from './check-rules.ts';
import { nameOfPlace } from './rule.ts';

const surroundings = { members: 3, ownerOf: new Map([['key_1', 'usr_1']]) };
const rule = fc
  .record({
    of: fc.constantFrom('group' as const, 'member' as const, 'key' as const),
    named: fc.boolean(),
    serviceId: fc.constantFrom(null, 'claude', 'gemini'),
    unit: fc.constantFrom('tokens' as const, 'nano_usd' as const),
    window: fc.constantFrom('day' as const, 'month' as const),
    limit: fc.nat(20),
  })
  .map(({ named, ...rest }): Rule => {
    const subject = !named || rest.of === 'group' ? null : rest.of === 'member' ? 'usr_1' : 'key_1';
    return { ...rest, subject };
  });
const rules = fc.uniqueArray(rule, { selector: nameOfPlace, maxLength: 20 });

const errorsOf = (all: readonly Rule[]) => checkRules(all, surroundings).filter(({ level }) => level === 'error');

/** What a request of key_1 of usr_1 to a service may cost of each rule, were there one account for each. */
const mostOf = (all: readonly Rule[], of: Rule['of'], subject: string | null, like: Rule) =>
  all.find((one) => nameOfPlace(one) === nameOfPlace({ ...like, of, subject }))?.limit;

describe('checkRules', () => {
  it('finds fault exactly where a part gets more than its whole, or services in sum', () => {
    fc.assert(
      fc.property(rules, (all) => {
        const isWrong = all.some((one) => {
          const wholes = [one, { ...one, serviceId: null }].flatMap((like) => [
            mostOf(all, 'group', null, like),
            one.of === 'key'
              ? ((one.subject === null ? undefined : mostOf(all, 'member', 'usr_1', like)) ?? mostOf(all, 'member', null, like))
              : undefined,
            mostOf(all, one.of, one.subject, like),
          ]);
          const parts = all.filter(
            (other) => other.of === 'group' && other.serviceId !== null && other.unit === one.unit && other.window === one.window,
          );
          const sum = one.of === 'group' && one.serviceId === null ? parts.reduce((total, { limit }) => total + limit, 0) : 0;
          return wholes.some((whole) => whole !== undefined && one.limit > whole) || sum > one.limit;
        });
        expect(errorsOf(all).length > 0).toBe(isWrong);
      }),
      { numRuns: 3000 },
    );
  });

  it('finds less or the same fault when a limit of the group is raised', () => {
    fc.assert(
      fc.property(rules, (all) => {
        const raised = all.map((one) => (one.of === 'group' && one.serviceId === null ? { ...one, limit: 1000 } : one));
        expect(errorsOf(raised).length).toBeLessThanOrEqual(errorsOf(all).length);
      }),
      { numRuns: 1000 },
    );
  });

  it('says in words what is wrong, and what may not be meant', () => {
    const group: Rule = { of: 'group', subject: null, serviceId: null, unit: 'tokens', window: 'month', limit: 100 };
    const found = checkRules(
      [
        group,
        { ...group, serviceId: 'claude', limit: 80 },
        { ...group, serviceId: 'gemini', limit: 30 },
        { ...group, of: 'member', limit: 50 },
        { ...group, window: 'day', limit: 300 },
        { ...group, of: 'key', subject: 'key_1', limit: 60 },
      ],
      surroundings,
    );
    expect(found.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'the limits of services add up to 110 tokens, more than the 100 tokens a month of the group'],
      ['warning', 'the limits of members add up to 150 tokens, 1.5 times the 100 tokens a month of the group'],
      ['warning', 'the 300 tokens a day of the group is more than the 100 tokens a month of the group and is never reached'],
      ['error', 'the 60 tokens a month of key key_1 is more than the 50 tokens a month of each member'],
    ]);
    const inMonths = { unit: 'tokens', window: 'month', service_name: '', limit: 100 };
    expect(found.flatMap(({ level, code, params }) => (level === 'warning' ? [[code, params]] : []))).toEqual([
      ['members_over_group', { ...inMonths, sum: 150, times: 1.5 }],
      ['day_over_month', { unit: 'tokens', service_name: '', limit: 300, month_limit: 100 }],
    ]);
  });
});
