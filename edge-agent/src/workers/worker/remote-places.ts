import { type GiveUp, InFlight, type Places } from '../../routing/in-flight.ts';
import type { Loads } from '../messages.ts';
import type { PrimaryLine } from './primary-line.ts';
import type { Tickets } from './tickets.ts';

const tellEveryMs = 10;
const claimDeadlineMs = 5_000;

/**
 * Places at accounts, where other workers send as well. An account with a cap is asked for at the primary, so that never
 * more than the cap work there; of all others the workers tell each other what they have, for sessions to spread evenly.
 */
export class RemotePlaces implements Places {
  readonly #line: PrimaryLine;
  readonly #tickets: Tickets;
  readonly #own = new InFlight();
  readonly #uncapped = new InFlight();
  readonly #changed = new Set<string>();
  /** By worker, then by account. */
  readonly #others = new Map<number, Map<string, number>>();
  #telling: NodeJS.Timeout | undefined;

  constructor(line: PrimaryLine, tickets: Tickets) {
    this.#line = line;
    this.#tickets = tickets;
  }

  of(upstreamId: string): number {
    let sum = this.#own.of(upstreamId);
    for (const loads of this.#others.values()) sum += loads.get(upstreamId) ?? 0;
    return sum;
  }

  /** By what this worker has itself: of the others only `claim` is sure. */
  isFull(upstreamId: string, cap: number | null): boolean {
    return this.#own.isFull(upstreamId, cap);
  }

  claim(upstreamId: string, cap: number | null): GiveUp | undefined | Promise<GiveUp | undefined> {
    if (cap !== null) return this.#ask(upstreamId, cap);
    const leaves = [this.#own.enter(upstreamId), this.#uncapped.enter(upstreamId)];
    this.#change(upstreamId);
    return () => {
      for (const leave of leaves) leave();
      this.#change(upstreamId);
    };
  }

  hear(worker: number, loads: Loads, whole: boolean): void {
    const known = (whole ? undefined : this.#others.get(worker)) ?? new Map<string, number>();
    for (const [upstreamId, requests] of loads) {
      if (requests > 0) known.set(upstreamId, requests);
      else known.delete(upstreamId);
    }
    if (known.size > 0) this.#others.set(worker, known);
    else this.#others.delete(worker);
  }

  async #ask(upstreamId: string, cap: number): Promise<GiveUp | undefined> {
    const ticket = this.#tickets.next();
    const close = this.#tickets.closer(ticket);
    const granted = await this.#line.ask({ want: 'place', ticket, upstreamId, cap }, claimDeadlineMs);
    if (granted !== true) {
      if (granted === undefined) close();
      return undefined;
    }
    const leave = this.#own.enter(upstreamId);
    return () => {
      leave();
      close();
    };
  }

  #change(upstreamId: string): void {
    this.#changed.add(upstreamId);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const loads = [...this.#changed].map((id) => [id, this.#uncapped.of(id)] as const);
      this.#changed.clear();
      this.#line.tell({ is: 'loads', loads });
    }, tellEveryMs);
  }
}
