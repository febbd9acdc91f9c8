/**
 * Shares of a limit that is not used up (a rate, or requests at once), leased to nodes.
 * Invariant: the sum of the unexpired shares is never above the limit, at any instant of the centre's clock.
 *
 * Source: Doorman (leases on capacity, learning the demand of every client).
 */
export interface SharedLimit {
  readonly limit: number;
  /** By node, in no order. */
  readonly holders: readonly ShareHolder[];
}

export interface ShareHolder {
  readonly node: string;
  readonly share: number;
  readonly demand: number;
  readonly untilMs: number;
  /** When it last held anything; nodes that wait longest come first. */
  readonly servedAtMs: number;
}

export interface ShareQuestion {
  readonly node: string;
  readonly limit: number;
  readonly demand: number;
  /** Of requests at once: what is under way there and cannot be taken back. */
  readonly used: number;
}

export const leaseMs = 30_000;
export const refreshMs = 10_000;

/**
 * A node asks, and gets a lease from now. Expired holders are forgotten. `knownNodes`: all that could serve this limit.
 * A node that has more under way than is fair is told its fair share, so that it begins nothing new, and keeps what is
 * under way counted as its own until that has ended: otherwise a busy node would never give way.
 */
export function shareOut(
  state: SharedLimit | null,
  question: ShareQuestion,
  nowMs: number,
  knownNodes: readonly string[],
): { readonly state: SharedLimit; readonly share: number; readonly safe: number } {
  const { node, limit } = question;
  const before = state?.holders ?? [];
  const others = before.filter((holder) => holder.node !== node && holder.untilMs > nowMs);
  const own = before.find((holder) => holder.node === node);
  const used = own !== undefined && own.untilMs > nowMs ? Math.min(question.used, own.share) : 0;
  const room = Math.max(0, limit - others.reduce((sum, holder) => sum + holder.share, 0));
  const me = {
    node,
    share: 0,
    demand: Math.max(question.demand, used),
    untilMs: nowMs + leaseMs,
    servedAtMs: own?.servedAtMs ?? 0,
  };
  const share = Math.min(room, fairShares([...others, me], limit).get(node) ?? 0);
  const held = Math.min(room, Math.max(used, share));
  const holder = { ...me, share: held, servedAtMs: held > 0 ? nowMs : me.servedAtMs };
  return { state: { limit, holders: [...others, holder] }, share, safe: safeShare(limit, node, knownNodes) };
}

/** What a node may assume while nobody answers: the safe shares of all known nodes add up to the limit at most. */
export function safeShare(limit: number, node: string, knownNodes: readonly string[]): number {
  const all = [...new Set([...knownNodes, node])].sort();
  const rest = limit % all.length;
  return Math.floor(limit / all.length) + (all.indexOf(node) < rest ? 1 : 0);
}

/**
 * Whole shares in proportion to demand. Everybody with demand gets one first, those that waited longest before others
 * (a limit of one goes around); what demand leaves over is divided evenly.
 */
export function fairShares(
  holders: readonly Pick<ShareHolder, 'node' | 'demand' | 'servedAtMs'>[],
  limit: number,
): ReadonlyMap<string, number> {
  const shares = new Map(holders.map(({ node }) => [node, 0]));
  const queue = [...holders].sort((a, b) => a.servedAtMs - b.servedAtMs || (a.node < b.node ? -1 : 1));
  const wanting = queue.filter(({ demand }) => demand > 0);
  const first = wanting.slice(0, limit);
  for (const { node } of first) shares.set(node, 1);
  const rest = limit - first.length;
  const demanded = wanting.reduce((sum, { demand }) => sum + demand - 1, 0);
  const portion = Math.min(rest, demanded);
  let given = 0;
  let counted = 0;
  for (const { node, demand } of wanting) {
    counted += demand - 1;
    const upTo = demanded === 0 ? 0 : Number((BigInt(portion) * BigInt(counted)) / BigInt(demanded));
    shares.set(node, (shares.get(node) ?? 0) + upTo - given);
    given = upTo;
  }
  const spare = rest - given;
  queue.forEach(({ node }, at) => {
    const even = Math.floor((spare * (at + 1)) / queue.length) - Math.floor((spare * at) / queue.length);
    shares.set(node, (shares.get(node) ?? 0) + even);
  });
  return shares;
}
