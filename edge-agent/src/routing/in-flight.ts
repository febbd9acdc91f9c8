/** How many requests each account works on at this moment, on this node. */
export class InFlight {
  readonly #counts = new Map<string, number>();

  of(upstreamId: string): number {
    return this.#counts.get(upstreamId) ?? 0;
  }

  /** `cap` null: as many as come. */
  isFull(upstreamId: string, cap: number | null): boolean {
    return cap !== null && this.of(upstreamId) >= cap;
  }

  /** Call what it returns once, when the request is done with the account; more calls change nothing. */
  enter(upstreamId: string): () => void {
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
