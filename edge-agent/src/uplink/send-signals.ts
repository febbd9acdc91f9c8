import { type Signal, type SignalsRequest, signalsAnswer } from '@aicarpool/shared-protocol';
import { Backoff } from './backoff.ts';
import { Pause } from './pause.ts';
import type { Session } from './session.ts';

const lookEveryMs = 3_000;
const atOnce = 500;
const heldAtMost = 5_000;
const deadlineMs = 10_000;

/** Takes what the node noticed since the last call; what it took it never gives again. */
export type DrainSignals = (atMost: number) => readonly Signal[];

/** Signals on their way to the control plane. It outlives sessions: what was not taken is said again, oldest dropped first. */
export class Outbox {
  readonly #drain: DrainSignals;
  #held: Signal[] = [];

  constructor(drain: DrainSignals) {
    this.#drain = drain;
  }

  next(): readonly Signal[] {
    this.#held.push(...this.#drain(atOnce));
    if (this.#held.length > heldAtMost) this.#held = this.#held.slice(-heldAtMost);
    return this.#held.slice(0, atOnce);
  }

  taken(signals: readonly Signal[]): void {
    const ids = new Set(signals.map(({ id }) => id));
    this.#held = this.#held.filter(({ id }) => !ids.has(id));
  }
}

/** Says every few seconds what the node noticed; after a failure later and later, at most a minute. */
export async function sendSignals(session: Session, outbox: Outbox): Promise<void> {
  const backoff = new Backoff(session.random);
  const pause = new Pause();
  while (!session.over.aborted) {
    const signals = outbox.next();
    const failure = signals.length === 0 ? undefined : await post(session, signals);
    if (signals.length > 0 && !failure) {
      outbox.taken(signals);
      backoff.reset();
    }
    const isMore = !failure && signals.length === atOnce;
    const waitMs = failure ? Math.max(lookEveryMs, backoff.nextMs(failure.retryAfterMs)) : isMore ? 0 : lookEveryMs;
    await pause.sleep(waitMs, session.over);
  }
}

async function post(session: Session, signals: readonly Signal[]) {
  const { controlPlane, token, no, over: signal } = session;
  const body: SignalsRequest = { session_no: no, signals: [...signals] };
  const result = await controlPlane.post({ name: 'signals', token, body, answer: signalsAnswer, deadlineMs, signal });
  session.note('signals', result.ok ? undefined : result.failure);
  return result.ok ? undefined : result.failure;
}
