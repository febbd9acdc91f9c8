import type { Shares } from './shares.ts';

/** This node's parts of what accounts take at once, as `shares` has them. Nobody waits for an account: who finds no room goes on. */
export function partsOf(shares: Shares, nowMs: () => number) {
  return {
    most: (upstreamId: string, cap: number) => {
      const limit = shares.ofUpstream(upstreamId, cap);
      const most = shares.most(limit, nowMs());
      // Where nothing is this node's nobody is ever sent: it would never ask for its turn.
      if (most === 0) shares.mostAtOnce(limit, 1, nowMs());
      return most;
    },
    taken: (upstreamId: string, cap: number, inside: number) => {
      shares.mostAtOnce(shares.ofUpstream(upstreamId, cap), inside, nowMs());
    },
    turnedAway: (upstreamId: string, cap: number) => shares.turnedAway(shares.ofUpstream(upstreamId, cap), nowMs()),
    counted: (upstreamId: string, inside: number) => shares.inside(shares.ofUpstream(upstreamId, 0), inside),
  };
}
