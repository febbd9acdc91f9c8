import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotasFor } from './quotas-for.ts';

const caller = { userId: 'usr_1', keyId: 'key_1', service: 'claude' };
const rule = fc
  .record({
    of: fc.constantFrom('group' as const, 'member' as const, 'key' as const),
    subject: fc.constantFrom(null, 'usr_1', 'usr_2', 'key_1', 'key_2'),
    service: fc.constantFrom(null, 'claude', 'gemini'),
    unit: fc.constantFrom('tokens' as const, 'nano_usd' as const),
    window: fc.constantFrom('day' as const, 'month' as const, 'total' as const),
    id: fc.uuid(),
    limit: fc.nat(3),
  })
  .map((made) => ({ ...made, subject: made.of === 'group' ? null : made.subject }));
type Rule = typeof rule extends fc.Arbitrary<infer R> ? R : never;
const textOf = (one: Rule) => [one.of, one.subject, one.service, one.unit, one.window].join('|');
/** A group never has two rules that agree in all of these. */
const rules = fc.uniqueArray(rule, { selector: textOf, maxLength: 40 });

const isAbout = (one: Rule, id: string) => one.subject === null || one.subject === id;
/** Says the same more slowly: every rule by itself, looking for one that names the caller in its place. */
function counts(one: Rule, all: readonly Rule[]): boolean {
  if (one.service !== null && one.service !== caller.service) return false;
  if (one.of === 'group') return true;
  const id = one.of === 'member' ? caller.userId : caller.keyId;
  if (!isAbout(one, id)) return false;
  const twin = textOf({ ...one, subject: id as Rule['subject'] });
  return one.subject !== null || !all.some((other) => textOf(other) === twin);
}

describe('quotasFor', () => {
  it('takes the rule that names the caller instead of the one for each, and every other that counts him', () => {
    fc.assert(
      fc.property(rules, (all) => {
        const found = new Set(quotasFor(all, caller).map(({ rule: one }) => one));
        expect(all.filter((one) => found.has(one))).toEqual(all.filter((one) => counts(one, all)));
      }),
      { numRuns: 2000 },
    );
  });

  it('names whose window it is, and never two for one place', () => {
    fc.assert(
      fc.property(rules, (all) => {
        const found = quotasFor(all, caller);
        for (const { rule: one, subject } of found)
          expect(subject).toBe({ group: '', member: caller.userId, key: caller.keyId }[one.of]);
        const places = found.map(({ rule: one }) => textOf({ ...one, subject: null }));
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('lets a larger limit of one member stand beside the limit of each', () => {
    const place = { of: 'member' as const, subject: null, service: null, unit: 'tokens' as const, window: 'day' as const };
    const each = { ...place, id: 'quo_1', limit: 5 };
    const his = { ...each, id: 'quo_2', subject: 'usr_1', limit: 9 };
    const ofClaude = { ...each, id: 'quo_3', service: 'claude' };
    expect(quotasFor([each, his, ofClaude], caller)).toEqual([
      { rule: his, subject: 'usr_1' },
      { rule: ofClaude, subject: 'usr_1' },
    ]);
    expect(quotasFor([each, his], { ...caller, userId: 'usr_2' })).toEqual([{ rule: each, subject: 'usr_2' }]);
  });

  it('chooses alike in whatever order it was told', () => {
    const idsOf = (all: readonly Rule[]) =>
      quotasFor(all, caller)
        .map(({ rule: one }) => one.id)
        .sort();
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 20 }), (all) => {
        expect(idsOf([...all].reverse())).toEqual(idsOf(all));
      }),
      { numRuns: 2000 },
    );
  });
});
