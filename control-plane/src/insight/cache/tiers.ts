export type Tier = 'realtime' | 'history' | 'basic';

/** How long an answer may be shown again, and how long the nodes have for it. */
export const tiers: Record<Tier, { readonly lifetimeMs: number; readonly timeoutMs: number }> = {
  realtime: { lifetimeMs: 5 * 60_000, timeoutMs: 3_000 },
  history: { lifetimeMs: 30 * 60_000, timeoutMs: 10_000 },
  basic: { lifetimeMs: 60_000, timeoutMs: 3_000 },
};

/** An answer that lacks a node is shown again only while asking anew would hit the same silent node. */
const incompleteMs = 15_000;
/** Nothing yet, in a range that is still growing: the first request should not stay unseen for minutes. */
const emptyMs = 10_000;

export interface Freshness {
  readonly completeness: number;
  readonly requests: number;
  readonly reachesPresent: boolean;
}

export function lifetimeMs(tier: Tier, { completeness, requests, reachesPresent }: Freshness): number {
  const full = tiers[tier].lifetimeMs;
  if (completeness < 1) return Math.min(full, incompleteMs);
  if (requests === 0 && reachesPresent) return Math.min(full, emptyMs);
  return full;
}
