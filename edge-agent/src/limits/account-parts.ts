import type { Shares } from './shares.ts';

/** This node's parts of what accounts take at once, as `shares` has them. Nobody waits for an account: who finds no room goes on. */
export function partsOf(shares: Shares, nowMs: () => number) {
  return {
    most: (upstreamId: string, cap: number, inside: number) => {
      const limit = shares.ofUpstream(upstreamId, cap);
      const most = shares.mostAtOnce(limit, inside + 1, nowMs());
      if (inside >= most) shares.turnedAway(limit);
      return most;
    },
    counted: (upstreamId: string, inside: number) => shares.inside(shares.ofUpstream(upstreamId, 0), inside),
  };
}
