import type { ShareLease, ShareWish } from '@aicarpool/shared-protocol';
import { WindowCounter } from './window-counter.ts';

export type Whose = 'group' | 'member' | 'key' | 'upstream';
export type SharedUnit = 'requests' | 'tokens' | 'concurrency';

/** A limit that all nodes of a group keep together. */
export interface SharedLimit {
  readonly group: string;
  readonly whose: Whose;
  readonly id: string;
  readonly unit: SharedUnit;
  readonly limit: number;
}

/** How many nodes serve a group; only of groups that several do. */
export type SharedBy = readonly { readonly group: string; readonly nodes: number }[];

interface Lease {
  readonly limit: number;
  readonly share: number;
  readonly safe: number;
  readonly takenAtMs: number;
  readonly untilMs: number;
}

interface Use {
  limit: number;
  /** Of a rate; requests at once have `peak`. */
  readonly counter: WindowCounter | undefined;
  peak: number;
  /** Found no room since the last lease. */
  turnedAway: number;
  inside: number;
  lastAtMs: number;
}

/** Often while it is in use, so that a node that begins to serve soon gets its part. */
const refreshMs = 3_000;
/** A node that would use more than it has asks again so soon. */
const hungryMs = 1_000;
/** Who used nothing of a limit for so long asks for none of it. */
const idleMs = 20_000;
const usesAtMost = 20_000;
const wishesAtMost = 500;

/**
 * Leases on parts of limits that are not used up but shared: while one is good its part is what this node may use; after
 * it, what the centre called safe. Without a lease a node takes no more than an equal part, by how many nodes serve the
 * group; a limit is whole only where no other node is known.
 */
export class Shares {
  readonly #uses = new Map<string, Use>();
  readonly #leases = new Map<string, Lease>();
  #sharedBy: ReadonlyMap<string, number>;
  readonly #findGroup: (upstreamId: string) => string | undefined;
  /** A limit is used of which this node has no part yet: the sooner it asks the better. */
  onNew: () => void = () => undefined;
  /** A part grew: whoever waits may go on. */
  onChange: () => void = () => undefined;

  /** `findGroup`: to which group an account belongs. `sharedBy`: what an earlier run of this node heard last. */
  constructor(findGroup: (upstreamId: string) => string | undefined = () => undefined, sharedBy: SharedBy = []) {
    this.#findGroup = findGroup;
    this.#sharedBy = nodesByGroup(sharedBy);
  }

  /** What this node may use of it now. */
  most(limit: SharedLimit, nowMs: number): number {
    const name = nameOf(limit);
    const lease = this.#leases.get(name);
    if (lease && nowMs < lease.untilMs) return Math.min(limit.limit, lease.share);
    const equal = Math.max(1, Math.floor(limit.limit / (this.#sharedBy.get(limit.group) ?? 1)));
    return lease ? Math.min(equal, lease.safe) : equal;
  }

  /** So much of a rate is used or wanted. */
  used(limit: SharedLimit, amount: number, windowMs: number, nowMs: number): void {
    const use = this.#use(limit, windowMs);
    use.lastAtMs = nowMs;
    use.counter?.add(amount, nowMs);
  }

  /** How many requests may be inside at once here; `wanted` are, or would like to be. */
  mostAtOnce(limit: SharedLimit, wanted: number, nowMs: number): number {
    const use = this.#use(limit, 0);
    const most = this.most(limit, nowMs);
    use.lastAtMs = nowMs;
    use.peak = Math.max(use.peak, wanted);
    return most;
  }

  /** Somebody found no room and did not wait. */
  turnedAway(limit: SharedLimit, nowMs: number): void {
    const use = this.#use(limit, 0);
    use.lastAtMs = nowMs;
    use.turnedAway += 1;
  }

  /** So many requests are inside now. */
  inside(limit: Pick<SharedLimit, 'group' | 'whose' | 'id'>, inside: number): void {
    const use = this.#uses.get(nameOf({ ...limit, unit: 'concurrency' }));
    if (use) use.inside = inside;
  }

  /** Requests at once of an account, whose group the caller does not know. */
  ofUpstream(upstreamId: string, limit: number): SharedLimit {
    const group = this.#findGroup(upstreamId) ?? '';
    return { group, whose: 'upstream', id: upstreamId, unit: 'concurrency', limit };
  }

  wishes(nowMs: number): readonly ShareWish[] {
    const wishes: ShareWish[] = [];
    for (const [name, use] of this.#uses) {
      if (nowMs - use.lastAtMs > idleMs) {
        this.#uses.delete(name);
        continue;
      }
      const demand = Math.min(use.limit, use.counter?.used(nowMs) ?? Math.max(use.inside, use.peak) + use.turnedAway);
      if (wishes.length < wishesAtMost && this.#isDue(name, use, demand, nowMs))
        wishes.push({ name, limit: use.limit, demand, used: Math.min(use.inside, demand) });
    }
    return wishes;
  }

  take(leases: readonly ShareLease[], sentAtMs: number, sharedBy: SharedBy): void {
    this.#sharedBy = nodesByGroup(sharedBy);
    for (const { name, share, safe, lease_s } of leases) {
      const use = this.#uses.get(name);
      const limit = use?.limit ?? share;
      if (use) Object.assign(use, { peak: 0, turnedAway: 0 });
      this.#leases.set(name, { limit, share, safe, takenAtMs: sentAtMs, untilMs: sentAtMs + lease_s * 1000 });
    }
    for (const [name, { untilMs }] of this.#leases) {
      if (this.#leases.size > usesAtMost && untilMs < sentAtMs) this.#leases.delete(name);
    }
    if (leases.length > 0) this.onChange();
  }

  #isDue(name: string, use: Use, demand: number, nowMs: number): boolean {
    const lease = this.#leases.get(name);
    if (!lease || lease.limit !== use.limit) return true;
    return nowMs - lease.takenAtMs >= (demand > lease.share ? hungryMs : refreshMs);
  }

  #use(limit: SharedLimit, windowMs: number): Use {
    const name = nameOf(limit);
    const known = this.#uses.get(name);
    if (known) {
      known.limit = limit.limit;
      return known;
    }
    const [first] = this.#uses.keys();
    if (this.#uses.size >= usesAtMost && first !== undefined) this.#uses.delete(first);
    const counter = windowMs > 0 ? new WindowCounter(windowMs) : undefined;
    const made: Use = { limit: limit.limit, counter, peak: 0, turnedAway: 0, inside: 0, lastAtMs: 0 };
    this.#uses.set(name, made);
    if (!this.#leases.has(name)) this.onNew();
    return made;
  }
}

function nodesByGroup(sharedBy: SharedBy): ReadonlyMap<string, number> {
  return new Map(sharedBy.map(({ group, nodes }) => [group, nodes]));
}

function nameOf({ group, whose, id, unit }: Omit<SharedLimit, 'limit'>): string {
  return `${group}|${whose}|${id}|${unit}`;
}
