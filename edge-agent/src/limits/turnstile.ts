export interface Visitor {
  readonly groupId: string;
  readonly userId: string;
  readonly keyId: string;
  /** null: as many as come. */
  readonly groupMost: number | null;
  readonly userMost: number | null;
  readonly keyMost: number | null;
  /** A person waits for it: goes before what runs in the background. */
  readonly urgent: boolean;
}

export interface TurnstileLimits {
  /** What may wait for one group; what comes beyond is refused at once. */
  readonly waitingPerGroup: number;
  readonly waitMs: number;
}

export type Entry = 'in' | 'full' | 'late' | 'gone';

interface Waiting {
  readonly visitor: Visitor;
  readonly arrival: number;
  decide(entry: Entry): void;
}

/**
 * Lets so many requests of a group, a member and a key in at once; the others wait in a bounded line. Whose turn it is:
 * the member with the fewest requests inside, then what a person waits for, then who came first. So a member who sends
 * a thousand requests delays another by one place at most.
 */
export class Turnstile {
  readonly #limits: TurnstileLimits;
  readonly #inside = new Map<string, number>();
  readonly #lines = new Map<string, Waiting[]>();
  #arrivals = 0;

  constructor(limits: TurnstileLimits) {
    this.#limits = limits;
  }

  /** Without waiting; false: `wait` for it, or give up. Whoever is in calls `leave` once. */
  tryEnter(visitor: Visitor): boolean {
    if (!this.#fits(visitor)) return false;
    if (this.#lines.get(visitor.groupId)?.some((other) => this.#fits(other.visitor))) return false;
    this.#count(visitor, 1);
    return true;
  }

  /** `onGone` is given a function to call when the caller hangs up. */
  wait(visitor: Visitor, onGone: (hangUp: () => void) => void): Promise<Entry> {
    const line = this.#lines.get(visitor.groupId) ?? [];
    if (line.length >= this.#limits.waitingPerGroup) return Promise.resolve('full');
    this.#lines.set(visitor.groupId, line);
    this.#arrivals += 1;
    const arrival = this.#arrivals;
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.decide('late'), this.#limits.waitMs);
      const waiting: Waiting = {
        visitor,
        arrival,
        decide: (entry) => {
          const at = line.indexOf(waiting);
          if (at < 0) return;
          line.splice(at, 1);
          if (line.length === 0) this.#lines.delete(visitor.groupId);
          clearTimeout(timer);
          resolve(entry);
        },
      };
      line.push(waiting);
      onGone(() => waiting.decide('gone'));
    });
  }

  leave(visitor: Visitor): void {
    this.#count(visitor, -1);
    for (let next = this.#next(visitor.groupId); next; next = this.#next(visitor.groupId)) {
      this.#count(next.visitor, 1);
      next.decide('in');
    }
  }

  /** Requests inside, of a group, or of one member or key in it. */
  inside(name: string): number {
    return this.#inside.get(name) ?? 0;
  }

  #next(groupId: string): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#lines.get(groupId) ?? []) {
      if (this.#fits(waiting.visitor) && (!best || this.#isBefore(waiting, best))) best = waiting;
    }
    return best;
  }

  #isBefore(one: Waiting, other: Waiting): boolean {
    const fewer = this.inside(memberOf(one.visitor)) - this.inside(memberOf(other.visitor));
    if (fewer !== 0) return fewer < 0;
    if (one.visitor.urgent !== other.visitor.urgent) return one.visitor.urgent;
    return one.arrival < other.arrival;
  }

  #fits(visitor: Visitor): boolean {
    return (
      hasRoom(visitor.groupMost, this.inside(visitor.groupId)) &&
      hasRoom(visitor.userMost, this.inside(memberOf(visitor))) &&
      hasRoom(visitor.keyMost, this.inside(visitor.keyId))
    );
  }

  #count(visitor: Visitor, by: 1 | -1): void {
    for (const name of [visitor.groupId, memberOf(visitor), visitor.keyId]) {
      const count = this.inside(name) + by;
      if (count > 0) this.#inside.set(name, count);
      else this.#inside.delete(name);
    }
  }
}

function hasRoom(most: number | null, inside: number): boolean {
  return most === null || inside < most;
}

function memberOf({ groupId, userId }: Visitor): string {
  return `${groupId}|${userId}`;
}
