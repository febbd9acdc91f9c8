import type { Gate, Guest } from '../../limits/gate.ts';
import type { Visitor } from '../../limits/turnstile.ts';
import type { GateAnswer } from '../messages.ts';

/** Somebody of a worker who is inside, or waits for his turn. */
interface Inside {
  visitor: Visitor | undefined;
  hangUp: (() => void) | undefined;
  isGone: boolean;
}

interface Promised {
  readonly guest: Guest;
  tokens: number;
}

/** The one gate of a node, kept for its workers: what a worker has open ends with it. */
export class GateDesk {
  readonly #gate: Gate;
  readonly #nowMs: () => number;
  readonly #inside = new Map<number, Map<number, Inside>>();
  readonly #promised = new Map<number, Map<string, Promised>>();

  constructor(gate: Gate, nowMs: () => number) {
    this.#gate = gate;
    this.#nowMs = nowMs;
  }

  /** Null: he left while he waited. */
  async enter(worker: number, ticket: number, guest: Guest, urgent: boolean): Promise<GateAnswer | null> {
    const inside: Inside = { visitor: undefined, hangUp: undefined, isGone: false };
    const ofWorker = openIn(this.#inside, worker);
    ofWorker.set(ticket, inside);
    const entrance = await this.#gate.enter(guest, urgent, this.#nowMs(), (hangUp) => {
      inside.hangUp = hangUp;
    });
    if (!entrance?.ok) ofWorker.delete(ticket);
    else if (inside.isGone) this.#gate.leave(entrance.visitor);
    else inside.visitor = entrance.visitor;
    return entrance ? this.#answer(guest, entrance) : null;
  }

  leave(worker: number, ticket: number): boolean {
    const inside = this.#inside.get(worker)?.get(ticket);
    if (!inside) return false;
    this.#inside.get(worker)?.delete(ticket);
    inside.isGone = true;
    if (inside.visitor) this.#gate.leave(inside.visitor);
    else inside.hangUp?.();
    return true;
  }

  async promise(worker: number, guest: Guest, estimate: number): Promise<GateAnswer> {
    const knock = await this.#gate.promiseTokens(guest, estimate, this.#nowMs());
    if (knock.ok) this.#owe(worker, guest, estimate);
    return this.#answer(guest, knock);
  }

  used(worker: number, guest: Guest, promised: number, used: number): void {
    this.#owe(worker, guest, -promised);
    this.#gate.useTokens(guest, promised, used, this.#nowMs());
  }

  /** Nobody of it is inside any more; what its requests were promised counts as used, as their lost rows do. */
  lost(worker: number): void {
    for (const ticket of [...(this.#inside.get(worker)?.keys() ?? [])]) this.leave(worker, ticket);
    for (const { guest, tokens } of this.#promised.get(worker)?.values() ?? []) {
      this.#gate.useTokens(guest, tokens, tokens, this.#nowMs());
    }
    this.#inside.delete(worker);
    this.#promised.delete(worker);
  }

  #owe(worker: number, guest: Guest, tokens: number): void {
    const ofWorker = openIn(this.#promised, worker);
    const owed = (ofWorker.get(guest.key.id)?.tokens ?? 0) + tokens;
    if (owed > 0) ofWorker.set(guest.key.id, { guest, tokens: owed });
    else ofWorker.delete(guest.key.id);
  }

  #answer(guest: Guest, knock: { ok: true } | { ok: false; refusal: GateAnswer['refusal'] }): GateAnswer {
    return { refusal: knock.ok ? null : knock.refusal, headroom: this.#gate.headroom(guest, this.#nowMs()) };
  }
}

function openIn<T>(all: Map<number, Map<T extends Promised ? string : number, T>>, worker: number) {
  let of = all.get(worker);
  if (!of) {
    of = new Map();
    all.set(worker, of);
  }
  return of;
}
