/** A place among the requests of an account. Call it once, when the request is done there; more calls change nothing. */
export type GiveUp = () => void;

/** How many requests each account works on at this moment, on this node. */
export interface Places {
  of(upstreamId: string): number;
  /** `cap` null: as many as come. May be asked of any account any number of times: nobody wants a place by it. */
  isFull(upstreamId: string, cap: number | null): boolean;
  /** Undefined: it is full. A promise only where other processes of this node may send to the same account. */
  claim(upstreamId: string, cap: number | null): GiveUp | undefined | Promise<GiveUp | undefined>;
  /** A request would have taken a place here or elsewhere, and all were full. Undefined: nobody counts them. */
  turnedAway?(upstreamId: string, cap: number | null): void;
}

/** This node's part of what an account takes at once. */
export interface AccountParts {
  /** How many of `cap` are this node's. */
  most(upstreamId: string, cap: number): number;
  /** A request takes a place, with which so many are in use. */
  taken(upstreamId: string, cap: number, inside: number): void;
  turnedAway(upstreamId: string, cap: number): void;
  /** So many are in use now. */
  counted(upstreamId: string, inside: number): void;
}

const nothing = () => undefined;
const everything: AccountParts = { most: (_id, cap) => cap, taken: nothing, turnedAway: nothing, counted: nothing };

export class InFlight implements Places {
  readonly #counts = new Map<string, number>();
  readonly #parts: AccountParts;

  /** Without parts each cap is whole here. */
  constructor(parts: Partial<AccountParts> = {}) {
    this.#parts = { ...everything, ...parts };
  }

  of(upstreamId: string): number {
    return this.#counts.get(upstreamId) ?? 0;
  }

  isFull(upstreamId: string, cap: number | null): boolean {
    return cap !== null && this.of(upstreamId) >= this.#parts.most(upstreamId, cap);
  }

  claim(upstreamId: string, cap: number | null): GiveUp | undefined {
    if (this.isFull(upstreamId, cap)) {
      this.turnedAway(upstreamId, cap);
      return undefined;
    }
    if (cap !== null) this.#parts.taken(upstreamId, cap, this.of(upstreamId) + 1);
    return this.enter(upstreamId);
  }

  turnedAway(upstreamId: string, cap: number | null): void {
    if (cap !== null) this.#parts.turnedAway(upstreamId, cap);
  }

  enter(upstreamId: string): GiveUp {
    this.#count(upstreamId, this.of(upstreamId) + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#count(upstreamId, this.of(upstreamId) - 1);
    };
  }

  #count(upstreamId: string, inside: number): void {
    if (inside > 0) this.#counts.set(upstreamId, inside);
    else this.#counts.delete(upstreamId);
    this.#parts.counted(upstreamId, inside);
  }
}
