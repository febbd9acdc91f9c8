import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UpstreamEntry } from '../../snapshot/snapshot.ts';
import { noFigures } from '../figures.ts';
import { InFlight } from '../in-flight.ts';
import { orderAccounts } from '../order-accounts.ts';
import { strategies } from '../strategies/table.ts';
import { demand, upstream } from '../test/entries.ts';
import { fate } from './draw.ts';
import { hashText } from './hash.ts';
import { boundFactor, lightLoad } from './within-bound.ts';

const circumstances = { demand: demand(), figuresOf: () => noFigures };

function orderFor(session: string, accounts: readonly UpstreamEntry[], inFlight = new InFlight()): readonly string[] {
  const draw = fate(hashText(session));
  const loadOf = (id: string) => inFlight.of(id);
  return orderAccounts(accounts, { strategy: strategies.priority, circumstances, draw, loadOf }).map(({ id }) => id);
}

const pools = fc
  .uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.integer({ min: 1, max: 1_000 }) }), {
    selector: ({ id }) => id,
    minLength: 2,
    maxLength: 12,
  })
  .map((all) => all.map(({ id, weight }) => upstream(id, { weight })));

describe('the account of a session', () => {
  it('changes for nobody else when an account leaves or comes', () => {
    fc.assert(
      fc.property(pools, fc.nat(), fc.string(), (pool, at, session) => {
        const gone = pool[at % pool.length]?.id;
        const before = orderFor(session, pool);
        const left = orderFor(
          session,
          pool.filter(({ id }) => id !== gone),
        );
        expect(left).toEqual(before.filter((id) => id !== gone));
        expect(orderFor(session, [...pool].reverse())).toEqual(before);
      }),
    );
  });

  it('is drawn in proportion to weight', () => {
    const pool = [100, 200, 700].map((weight, at) => upstream(`u${at}`, { weight }));
    const sessions = 20_000;
    const firsts = new Map<string, number>();
    for (let at = 0; at < sessions; at += 1) {
      const [first = ''] = orderFor(`session ${at}`, pool);
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    const shareOf = (id: string) => (firsts.get(id) ?? 0) / sessions;
    expect(shareOf('u0')).toBeCloseTo(0.1, 1.7);
    expect(shareOf('u1')).toBeCloseTo(0.2, 1.7);
    expect(shareOf('u2')).toBeCloseTo(0.7, 1.7);
  });

  it('is never one beyond its bound', () => {
    const sessions = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(pools, sessions, (pool, steps) => {
        const inFlight = new InFlight();
        const leave: (() => void)[] = [];
        const weights = pool.reduce((sum, { weight }) => sum + weight, 0);
        for (const [session, ends] of steps) {
          if (ends === 0) leave.shift()?.();
          const loads = pool.reduce((sum, { id }) => sum + inFlight.of(id), 0);
          const [first = ''] = orderFor(`session ${session}`, pool, inFlight);
          leave.push(inFlight.enter(first));
          const weight = pool.find(({ id }) => id === first)?.weight ?? 0;
          const bound = Math.max(lightLoad, Math.ceil((boundFactor * (loads + 1) * weight) / weights));
          expect(inFlight.of(first)).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });

  it('comes before all others as long as it is within its bound, and the others stay in order', () => {
    const pool = Array.from({ length: 5 }, (_, at) => upstream(`u${at}`));
    const inFlight = new InFlight();
    const quiet = orderFor('s', pool);
    const [favourite = ''] = quiet;
    for (let at = 0; at < lightLoad; at += 1) {
      expect(orderFor('s', pool, inFlight)).toEqual(quiet);
      inFlight.enter(favourite);
    }
    expect(orderFor('s', pool, inFlight)).toEqual([...quiet.slice(1), favourite]);
  });
});
