import type { Gate, Guest } from '../../limits/gate.ts';
import type { Visitor } from '../../limits/turnstile.ts';
import type { GateAnswer } from '../messages.ts';

/** Somebody of a worker who is inside, or waits for his turn. */
interface Inside {
  visitor: Visitor | undefined;
  hangUp: (() => void) | undefined;
  isGone: boolean;
}

/** Tokens of a request that has not ended. */
interface Promised {
  readonly guest: Guest;
  /** 0 until it is promised. */
  tokens: number;
  isGone: boolean;
}

/** The one gate of a node, kept for its workers: what a worker has open ends with it. */
export class GateDesk {
  readonly #gate: Gate;
  readonly #nowMs: () => number;
  readonly #inside = new Map<number, Map<number, Inside>>();
  readonly #promised = new Map<number, Map<number, Promised>>();

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
    return this.#goOut(worker, ticket) || this.#breakPromise(worker, ticket);
  }

  /** Kept under its ticket until it is `used`, or its request left before it heard of it. */
  async promise(worker: number, ticket: number, guest: Guest, estimate: number): Promise<GateAnswer> {
    const promised: Promised = { guest, tokens: 0, isGone: false };
    const ofWorker = openIn(this.#promised, worker);
    ofWorker.set(ticket, promised);
    const knock = await this.#gate.promiseTokens(guest, estimate, this.#nowMs());
    if (!knock.ok) ofWorker.delete(ticket);
    else if (promised.isGone) this.#gate.useTokens(guest, estimate, 0, this.#nowMs());
    else promised.tokens = estimate;
    return this.#answer(guest, knock);
  }

  used(worker: number, ticket: number, guest: Guest, used: number): void {
    const promised = this.#promised.get(worker)?.get(ticket);
    this.#promised.get(worker)?.delete(ticket);
    this.#gate.useTokens(guest, promised?.tokens ?? 0, used, this.#nowMs());
  }

  /** Nobody of it is inside any more; what its requests were promised counts as used, as their lost rows do. */
  lost(worker: number): void {
    for (const ticket of [...(this.#inside.get(worker)?.keys() ?? [])]) this.#goOut(worker, ticket);
    for (const promised of this.#promised.get(worker)?.values() ?? []) {
      promised.isGone = true;
      this.#gate.useTokens(promised.guest, promised.tokens, promised.tokens, this.#nowMs());
    }
    this.#inside.delete(worker);
    this.#promised.delete(worker);
  }

  #goOut(worker: number, ticket: number): boolean {
    const inside = this.#inside.get(worker)?.get(ticket);
    if (!inside) return false;
    this.#inside.get(worker)?.delete(ticket);
    inside.isGone = true;
    if (inside.visitor) this.#gate.leave(inside.visitor);
    else inside.hangUp?.();
    return true;
  }

  #breakPromise(worker: number, ticket: number): boolean {
    const promised = this.#promised.get(worker)?.get(ticket);
    if (!promised) return false;
    this.#promised.get(worker)?.delete(ticket);
    promised.isGone = true;
    this.#gate.useTokens(promised.guest, promised.tokens, 0, this.#nowMs());
    return true;
  }

  #answer(guest: Guest, knock: { ok: true } | { ok: false; refusal: GateAnswer['refusal'] }): GateAnswer {
    return { refusal: knock.ok ? null : knock.refusal, headroom: this.#gate.headroom(guest, this.#nowMs()) };
  }
}

function openIn<T>(all: Map<number, Map<number, T>>, worker: number): Map<number, T> {
  let of = all.get(worker);
  if (!of) {
    of = new Map();
    all.set(worker, of);
  }
  return of;
}
