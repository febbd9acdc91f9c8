import type { Loads } from '../messages.ts';

/**
 * Places at accounts that take so many requests at once, for all workers of a node. Requests of accounts without such a
 * cap are only told, a little later; they count from the moment at which an account gets one.
 */
export class PlaceDesk {
  /** Of each worker: the account under each ticket. */
  readonly #claimed = new Map<number, Map<number, string>>();
  readonly #told = new Map<number, Map<string, number>>();
  readonly #taken = new Map<string, number>();

  claim(worker: number, ticket: number, upstreamId: string, cap: number): boolean {
    if (this.of(upstreamId) >= cap) return false;
    const ofWorker = this.#claimed.get(worker) ?? new Map<number, string>();
    this.#claimed.set(worker, ofWorker);
    ofWorker.set(ticket, upstreamId);
    this.#count(upstreamId, 1);
    return true;
  }

  leave(worker: number, ticket: number): boolean {
    const upstreamId = this.#claimed.get(worker)?.get(ticket);
    if (upstreamId === undefined) return false;
    this.#claimed.get(worker)?.delete(ticket);
    this.#count(upstreamId, -1);
    return true;
  }

  /** What a worker has at accounts without a cap. */
  tell(worker: number, loads: Loads): void {
    const ofWorker = this.#told.get(worker) ?? new Map<string, number>();
    this.#told.set(worker, ofWorker);
    for (const [upstreamId, requests] of loads) {
      this.#count(upstreamId, requests - (ofWorker.get(upstreamId) ?? 0));
      if (requests > 0) ofWorker.set(upstreamId, requests);
      else ofWorker.delete(upstreamId);
    }
  }

  lost(worker: number): void {
    for (const ticket of [...(this.#claimed.get(worker)?.keys() ?? [])]) this.leave(worker, ticket);
    this.tell(
      worker,
      [...(this.#told.get(worker)?.keys() ?? [])].map((upstreamId) => [upstreamId, 0] as const),
    );
    this.#claimed.delete(worker);
    this.#told.delete(worker);
  }

  /** Requests of all workers that an account works on. */
  of(upstreamId: string): number {
    return this.#taken.get(upstreamId) ?? 0;
  }

  #count(upstreamId: string, by: number): void {
    const count = this.of(upstreamId) + by;
    if (count > 0) this.#taken.set(upstreamId, count);
    else this.#taken.delete(upstreamId);
  }
}
