/** A place among the requests of an account. Call it once, when the request is done there; more calls change nothing. */
export type GiveUp = () => void;

/** How many requests each account works on at this moment, on this node. */
export interface Places {
  of(upstreamId: string): number;
  /** `cap` null: as many as come. */
  isFull(upstreamId: string, cap: number | null): boolean;
  /** Undefined: it is full. A promise only where other processes of this node may send to the same account. */
  claim(upstreamId: string, cap: number | null): GiveUp | undefined | Promise<GiveUp | undefined>;
}

export class InFlight implements Places {
  readonly #counts = new Map<string, number>();
  readonly #shareOf: (upstreamId: string, cap: number, many: number) => number;

  /** `shareOf`: how many of `cap` are this node's, of which `many` are in use or wanted. */
  constructor(shareOf: (upstreamId: string, cap: number, many: number) => number = (_id, cap) => cap) {
    this.#shareOf = shareOf;
  }

  of(upstreamId: string): number {
    return this.#counts.get(upstreamId) ?? 0;
  }

  isFull(upstreamId: string, cap: number | null): boolean {
    if (cap === null) return false;
    const many = this.of(upstreamId);
    return many >= this.#shareOf(upstreamId, cap, many + 1);
  }

  claim(upstreamId: string, cap: number | null): GiveUp | undefined {
    return this.isFull(upstreamId, cap) ? undefined : this.enter(upstreamId);
  }

  enter(upstreamId: string): GiveUp {
    this.#counts.set(upstreamId, this.of(upstreamId) + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const left = this.of(upstreamId) - 1;
      if (left > 0) this.#counts.set(upstreamId, left);
      else this.#counts.delete(upstreamId);
    };
  }
}
