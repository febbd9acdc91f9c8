import { expect, it } from 'vitest';
import { fairShares, leaseMs, refreshMs, type SharedLimit, safeShare, shareOut } from './share-out.ts';

const nodes = ['a', 'b'];

function askAll(state: SharedLimit | null, demands: Readonly<Record<string, number>>, limit: number, nowMs: number) {
  const shares: Record<string, number> = {};
  let next = state;
  for (const [node, demand] of Object.entries(demands)) {
    const said = shareOut(next, { node, limit, demand, used: 0 }, nowMs, nodes);
    next = said.state;
    shares[node] = said.share;
  }
  return { state: next, shares };
}

it('gives everything to the only one who asks, and makes room for the second as the leases are renewed', () => {
  const first = askAll(null, { a: 10 }, 10, 0);
  expect(first.shares).toEqual({ a: 10 });
  const second = askAll(first.state, { b: 10 }, 10, 1000);
  expect(second.shares).toEqual({ b: 0 });
  const renewed = askAll(second.state, { a: 10, b: 10 }, 10, refreshMs);
  expect(renewed.shares).toEqual({ a: 5, b: 5 });
});

it('gives the share of a silent node to others when its lease is over, and no moment before', () => {
  const { state } = askAll(null, { a: 10 }, 10, 0);
  expect(askAll(state, { b: 10 }, 10, leaseMs - 1).shares).toEqual({ b: 0 });
  expect(askAll(state, { b: 10 }, 10, leaseMs).shares).toEqual({ b: 10 });
});

it('passes a limit of one around', () => {
  let state: SharedLimit | null = null;
  const held = { a: 0, b: 0 };
  for (let nowMs = 0; nowMs < 100_000; nowMs += refreshMs) {
    const said = askAll(state, { a: 5, b: 5 }, 1, nowMs);
    state = said.state;
    held.a += said.shares['a'] ?? 0;
    held.b += said.shares['b'] ?? 0;
  }
  expect(Math.min(held.a, held.b)).toBeGreaterThanOrEqual(3);
});

it('does not take back what requests under way hold, but lets nothing new begin above what is fair', () => {
  const { state } = askAll(null, { a: 8 }, 8, 0);
  const busy = shareOut(state, { node: 'b', limit: 8, demand: 8, used: 0 }, 1000, nodes);
  const told = shareOut(busy.state, { node: 'a', limit: 8, demand: 8, used: 7 }, 2000, nodes);
  expect(told.share).toBe(4);
  expect(told.state.holders.find(({ node }) => node === 'a')?.share).toBe(7);
  expect(shareOut(told.state, { node: 'b', limit: 8, demand: 8, used: 0 }, 3000, nodes).share).toBe(1);
});

it('divides by demand, whole, and nobody who wants something gets nothing while there is enough', () => {
  const of = (node: string, demand: number) => ({ node, demand, servedAtMs: 0 });
  expect(Object.fromEntries(fairShares([of('a', 1), of('b', 99), of('c', 0)], 10))).toEqual({ a: 1, b: 9, c: 0 });
  expect(Object.fromEntries(fairShares([of('a', 2), of('b', 2)], 10))).toEqual({ a: 5, b: 5 });
});

it('lets all known nodes together assume the limit and no more', () => {
  const three = ['x', 'y', 'z'];
  expect(three.map((node) => safeShare(10, node, three))).toEqual([4, 3, 3]);
  expect(three.map((node) => safeShare(1, node, three))).toEqual([1, 0, 0]);
});
