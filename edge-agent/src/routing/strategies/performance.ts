import type { Figures } from '../figures.ts';
import type { Rank, Strategy } from './strategy.ts';

/** Steps so wide that chance alone does not send all requests now here, now there. */
const stepsOfSuccess = 20;
const stepsPerDoubling = 2;

/**
 * Success first, then time to the first byte, both in steps: 5 % of success, √2 of time. A service is as good as the
 * best of its accounts. Of what nothing is known yet it is hoped that it is as good as the best, so that it comes to be known.
 */
export const byPerformance: Strategy = {
  rankServices: (options, { figuresOf }) => {
    const known = options.map(({ upstreams }) => bestOf(upstreams.map(({ id }) => stepsOf(figuresOf(id)))));
    const ranks = hopeful(known);
    return options.map(({ route }, at) => [...(ranks[at] ?? []), route.priority]);
  },
  rankAccounts: (upstreams, { figuresOf }) => hopeful(upstreams.map(({ id }) => stepsOf(figuresOf(id)))),
};

function hopeful(known: readonly (Rank | undefined)[]): readonly Rank[] {
  const best = bestOf(known) ?? [0, 0];
  return known.map((rank) => rank ?? best);
}

/** Undefined: nothing is known. */
function stepsOf({ successRate, firstByteMs }: Figures): Rank | undefined {
  if (successRate === null) return undefined;
  const failing = Math.floor((1 - successRate) * stepsOfSuccess + 1e-9);
  return [failing, firstByteMs === null ? 0 : Math.round(stepsPerDoubling * Math.log2(Math.max(1, firstByteMs)))];
}

function bestOf(ranks: readonly (Rank | undefined)[]): Rank | undefined {
  let best: Rank | undefined;
  for (const rank of ranks) if (rank && (!best || isBetter(rank, best))) best = rank;
  return best;
}

function isBetter(one: Rank, other: Rank): boolean {
  const [failing = 0, slow = 0] = one;
  const [otherFailing = 0, otherSlow = 0] = other;
  return failing < otherFailing || (failing === otherFailing && slow < otherSlow);
}
