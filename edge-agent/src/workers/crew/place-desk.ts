import type { GiveUp, Places } from '../../routing/in-flight.ts';
import type { Loads } from '../messages.ts';

/**
 * Places at accounts that take so many requests at once, for all workers of a node. Requests of accounts without such a
 * cap are only told, a little later; they count from the moment at which an account gets one.
 */
export class PlaceDesk {
  readonly #places: Places;
  /** By worker, then by ticket. */
  readonly #claimed = new Map<number, Map<number, GiveUp>>();
  /** By worker, then by account: one for each request. */
  readonly #told = new Map<number, Map<string, GiveUp[]>>();

  /** `places`: of this process, which knows what part of a cap is the node's. */
  constructor(places: Places) {
    this.#places = places;
  }

  async claim(worker: number, ticket: number, upstreamId: string, cap: number): Promise<boolean> {
    const claiming = this.#places.claim(upstreamId, cap);
    const giveUp = claiming instanceof Promise ? await claiming : claiming;
    if (!giveUp) return false;
    const ofWorker = this.#claimed.get(worker) ?? new Map<number, GiveUp>();
    this.#claimed.set(worker, ofWorker);
    ofWorker.set(ticket, giveUp);
    return true;
  }

  leave(worker: number, ticket: number): boolean {
    const giveUp = this.#claimed.get(worker)?.get(ticket);
    if (!giveUp) return false;
    this.#claimed.get(worker)?.delete(ticket);
    giveUp();
    return true;
  }

  /** What a worker has at accounts without a cap. */
  tell(worker: number, loads: Loads): void {
    const ofWorker = this.#told.get(worker) ?? new Map<string, GiveUp[]>();
    this.#told.set(worker, ofWorker);
    for (const [upstreamId, requests] of loads) {
      const held = ofWorker.get(upstreamId) ?? [];
      while (held.length > requests) held.pop()?.();
      while (held.length < requests) held.push(this.#place(upstreamId));
      if (held.length > 0) ofWorker.set(upstreamId, held);
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
    return this.#places.of(upstreamId);
  }

  /** Without a cap there is always one. */
  #place(upstreamId: string): GiveUp {
    const place = this.#places.claim(upstreamId, null);
    if (!place || place instanceof Promise) throw new Error('the primary has all places');
    return place;
  }
}
