import type { UpstreamEntry } from '../snapshot/snapshot.ts';
import { compareRanks } from './compare-ranks.ts';
import { type Draw, scoreOf } from './sticky/draw.ts';
import { boundsOf } from './sticky/within-bound.ts';
import type { Circumstances, Rank, Strategy } from './strategies/strategy.ts';

export interface AccountOrder {
  readonly strategy: Strategy;
  readonly circumstances: Circumstances;
  readonly draw: Draw;
  /** Requests that an account works on; null: sessions are not kept together, and no bound is needed. */
  readonly loadOf: ((upstreamId: string) => number) | null;
}

interface Placed {
  readonly upstream: UpstreamEntry;
  readonly rank: Rank;
  readonly score: number;
}

/** Accounts of one service: by priority, then as the strategy measures them, then drawn by weight; weight 0 comes last. */
export function orderAccounts(upstreams: readonly UpstreamEntry[], order: AccountOrder): readonly UpstreamEntry[] {
  if (upstreams.length < 2) return upstreams;
  const measured = order.strategy.rankAccounts?.(upstreams, order.circumstances);
  const placed = upstreams.map((upstream, at) => ({
    upstream,
    rank: [upstream.priority, ...(measured?.[at] ?? [])],
    score: scoreOf(upstream.weight, order.draw(upstream.id)),
  }));
  placed.sort((a, b) => compareRanks(a.rank, b.rank) || (a.score === b.score ? 0 : b.score - a.score));
  const { loadOf } = order;
  const inOrder = loadOf ? equalsOf(placed).flatMap((equal) => boundLoads(equal, loadOf)) : placed;
  return inOrder.map(({ upstream }) => upstream);
}

function equalsOf(placed: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const one of placed) {
    const last = groups.at(-1);
    if (last?.[0] && compareRanks(last[0].rank, one.rank) === 0) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** Those with room stay in order; those beyond their bound follow, the least loaded for its weight first. */
function boundLoads(equal: readonly Placed[], loadOf: (upstreamId: string) => number): readonly Placed[] {
  if (equal.length < 2) return equal;
  const loads = equal.map(({ upstream }) => ({ weight: upstream.weight, load: loadOf(upstream.id) }));
  const bounds = boundsOf(loads);
  const relative = loads.map(({ load, weight }, at) => {
    if (load < (bounds[at] ?? 0)) return 0;
    return weight === 0 ? Number.POSITIVE_INFINITY : load / weight;
  });
  if (relative.every((one) => one === 0)) return equal;
  const indices = equal.map((_, at) => at);
  indices.sort((a, b) => {
    const one = relative[a] ?? 0;
    const other = relative[b] ?? 0;
    return one === other ? a - b : one - other;
  });
  return indices.flatMap((at) => equal[at] ?? []);
}
