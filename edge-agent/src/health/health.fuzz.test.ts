import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Health } from './health.ts';
import { at, oneGroup } from './test/one-group.ts';
import type { Verdict } from './verdict/judge.ts';
import type { Visit } from './visit.ts';

const accounts = 5;

type Event =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'end'; readonly which: number; readonly verdict: Verdict['kind']; readonly forMs: number }
  | { readonly do: 'ask'; readonly pick: number };

const kinds: readonly Verdict['kind'][] = [
  'well',
  'neutral',
  'again',
  'limited',
  'parked',
  'auth_failed',
  'overloaded',
  'failed',
];

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({ do: fc.constant('ask' as const), pick: fc.nat(accounts - 1) }),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      verdict: fc.constantFrom(...kinds),
      forMs: fc.integer({ min: 1_000, max: 600_000 }),
    }),
  ),
  { maxLength: 120 },
);

function verdictOf(kind: Verdict['kind'], untilMs: number): Verdict {
  switch (kind) {
    case 'limited':
      return { kind, untilMs, reason: 'http_429' };
    case 'parked':
      return { kind, untilMs, reason: 'billing_error', scope: 'account' };
    case 'auth_failed':
      return { kind, reason: 'http_401', scope: 'account' };
    case 'overloaded':
      return { kind, untilMs: null, reason: 'http_529' };
    case 'failed':
      return { kind, reason: 'http_500' };
    default:
      return { kind };
  }
}

/** Plays a history as the proxy does: only ready ones are asked. `look` sees every moment before an `ask`. */
function play(history: readonly Event[], onlyWell: number, look: (world: World) => void): void {
  const { group, targets } = oneGroup(accounts);
  const health = new Health(() => 0.5);
  const open: { index: number; visit: Visit }[] = [];
  const restsUntil = new Map<number, number>();
  let nowMs = 0;
  for (const event of history) {
    if (event.do === 'wait') nowMs += event.ms;
    else if (event.do === 'ask') {
      const sifted = health.sift(targets, group, nowMs);
      const ready = sifted.ready.map((target) => targets.indexOf(target));
      look({ nowMs, ready, restsUntil, resting: sifted.resting.length, open: open.map(({ index }) => index) });
      const index = ready[event.pick % Math.max(1, ready.length)];
      if (index !== undefined) open.push({ index, visit: health.visit(at(targets, index), group, nowMs) });
    } else {
      const [one] = open.splice(event.which % Math.max(1, open.length), 1);
      if (!one) continue;
      const verdict = verdictOf(one.index === onlyWell ? 'well' : event.verdict, nowMs + event.forMs);
      if (verdict.kind === 'well') one.visit.began(5, nowMs);
      one.visit.ended(verdict, nowMs);
      if (verdict.kind === 'parked') restsUntil.set(one.index, Math.max(restsUntil.get(one.index) ?? 0, nowMs + event.forMs));
    }
  }
}

interface World {
  readonly nowMs: number;
  readonly ready: readonly number[];
  readonly restsUntil: ReadonlyMap<number, number>;
  readonly resting: number;
  readonly open: readonly number[];
}

it('never asks a parked account before its time, whatever else happens to it', () => {
  fc.assert(
    fc.property(events, (history) => {
      play(history, -1, ({ nowMs, ready, restsUntil }) => {
        for (const index of ready) expect(restsUntil.get(index) ?? 0).toBeLessThanOrEqual(nowMs);
      });
    }),
    { numRuns: 400 },
  );
});

it('leaves nobody out who never failed, while their provider is not called overloaded', () => {
  const calm = events.map((history) => history.filter((event) => event.do !== 'end' || event.verdict !== 'overloaded'));
  fc.assert(
    fc.property(calm, fc.nat(accounts - 1), (history, index) => {
      play(history, index, ({ ready }) => expect(ready).toContain(index));
    }),
    { numRuns: 400 },
  );
});

it('never ejects more than half of the accounts: beyond that all are asked, those that are well first', () => {
  const ejecting = events.map((history) =>
    history.filter((event) => event.do !== 'end' || event.verdict === 'failed' || event.verdict === 'well'),
  );
  fc.assert(
    fc.property(ejecting, (history) => {
      play(history, -1, ({ resting }) => expect(resting).toBeLessThanOrEqual(accounts / 2));
    }),
    { numRuns: 400 },
  );
});

it('admits one request at a time to what is on trial, until it is known how that one goes', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (answers, tries) => {
      const { group, targets } = oneGroup(2);
      const health = new Health(() => 0);
      const first = at(targets, 0);
      for (let n = 0; n < 3; n += 1) health.visit(first, group, 0).ended({ kind: 'failed', reason: 'dns' }, 0);
      let nowMs = 0;
      let row = 0;
      for (const isWell of answers) {
        nowMs += 300_000;
        const admitted: Visit[] = [];
        for (let n = 0; n < tries; n += 1) {
          const { ready } = health.sift(targets, group, nowMs);
          if (ready.includes(first)) admitted.push(health.visit(first, group, nowMs));
        }
        expect(admitted).toHaveLength(row < 5 ? 1 : tries);
        for (const visit of admitted) visit.ended(isWell ? { kind: 'well' } : { kind: 'failed', reason: 'dns' }, nowMs);
        if (row < 5) row = isWell ? row + 1 : 0;
        else if (!isWell) return;
      }
    }),
    { numRuns: 300 },
  );
});
