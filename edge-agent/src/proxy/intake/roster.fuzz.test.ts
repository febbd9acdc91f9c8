import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Listed, Roster } from './roster.ts';

describe('a roster', () => {
  it('holds what a set would hold, whatever comes and goes', () => {
    const step = fc.record({ who: fc.nat(7), comes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const people: Listed[] = Array.from({ length: 8 }, () => ({ place: -1 }));
        const roster = new Roster<Listed>();
        const oracle = new Set<Listed>();
        for (const { who, comes } of steps) {
          const one = people[who] ?? { place: -1 };
          if (!comes) roster.delete(one);
          else if (!oracle.has(one)) roster.add(one);
          if (comes) oracle.add(one);
          else oracle.delete(one);
          expect(roster.size).toBe(oracle.size);
          expect(new Set(roster)).toEqual(oracle);
        }
      }),
    );
  });

  it('may be left by those who are told', () => {
    const roster = new Roster<Listed>();
    const people = [{ place: -1 }, { place: -1 }, { place: -1 }];
    for (const one of people) roster.add(one);
    const told: Listed[] = [];
    for (const one of roster) {
      roster.delete(one);
      told.push(one);
    }
    expect(told).toEqual(people);
    expect(roster.size).toBe(0);
  });
});
