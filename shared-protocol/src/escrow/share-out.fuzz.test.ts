import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fairShares, type SharedLimit, shareOut } from './share-out.ts';

it('never leases more than the limit at any instant', () => {
  const question = fc.record({
    node: fc.constantFrom('a', 'b', 'c', 'd'),
    demand: fc.nat(50),
    used: fc.nat(20),
    afterMs: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(question, { maxLength: 40 }), (limit, questions) => {
      let state: SharedLimit | null = null;
      let nowMs = 0;
      for (const { node, demand, used, afterMs } of questions) {
        nowMs += afterMs;
        const said = shareOut(state, { node, limit, demand, used }, nowMs, ['a', 'b', 'c', 'd']);
        state = said.state;
        const leased = state.holders.reduce((sum, { share, untilMs }) => sum + (untilMs > nowMs ? share : 0), 0);
        expect(leased).toBeLessThanOrEqual(limit);
        expect(said.share).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 3000 },
  );
});

it('shares out every unit to whoever is there', () => {
  const holder = fc.record({ node: fc.uuid(), demand: fc.nat(1000), servedAtMs: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.uniqueArray(holder, { minLength: 1, maxLength: 12, selector: ({ node }) => node }),
      fc.nat(5000),
      (holders, limit) => {
        const shares = [...fairShares(holders, limit).values()];
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
        const wanting = holders.filter(({ demand }) => demand > 0);
        if (limit >= wanting.length)
          for (const { node } of wanting) expect(fairShares(holders, limit).get(node)).toBeGreaterThan(0);
      },
    ),
    { numRuns: 1000 },
  );
});
