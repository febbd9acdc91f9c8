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

/** This node's part of what an account takes at once. */
export interface AccountParts {
  /** How many of `cap` are this node's, where so many are in use. */
  most(upstreamId: string, cap: number, inside: number): number;
  /** So many are in use now. */
  counted(upstreamId: string, inside: number): void;
}

const everything: AccountParts = { most: (_id, cap) => cap, counted: () => undefined };

export class InFlight implements Places {
  readonly #counts = new Map<string, number>();
  readonly #parts: AccountParts;

  constructor(parts: AccountParts = everything) {
    this.#parts = parts;
  }

  of(upstreamId: string): number {
    return this.#counts.get(upstreamId) ?? 0;
  }

  isFull(upstreamId: string, cap: number | null): boolean {
    if (cap === null) return false;
    const many = this.of(upstreamId);
    return many >= this.#parts.most(upstreamId, cap, many);
  }

  claim(upstreamId: string, cap: number | null): GiveUp | undefined {
    return this.isFull(upstreamId, cap) ? undefined : this.enter(upstreamId);
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
