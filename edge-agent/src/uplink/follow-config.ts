import { z } from 'zod';
import { momentOf } from '../snapshot/contact.ts';
import type { Keep } from '../snapshot/keep.ts';
import { Backoff } from './backoff.ts';
import { Pause } from './pause.ts';
import type { Session } from './session.ts';

const deadlineMs = 120_000;
const longestMismatchMs = 60_000;
const roundsAtOnce = 50;

/** Keeps the config of the node in step: asks when poked, and every few seconds should a poke be lost. */
export class ConfigFollower {
  readonly #session: Session;
  readonly #keep: Keep;
  readonly #pause = new Pause();
  readonly #backoff: Backoff;
  #base = 0;
  /** After a failure the wait is kept, whoever pokes: it may be what the control plane asked for. */
  #resting = false;
  #mismatches = 0;
  #rounds = 0;

  constructor(session: Session, keep: Keep) {
    this.#session = session;
    this.#keep = keep;
    this.#backoff = new Backoff(session.random);
  }

  /** The control plane says that there is something newer. */
  poke(head: number): void {
    if (head > this.#base && !this.#resting) this.#pause.wake();
  }

  async run(): Promise<void> {
    const { over } = this.#session;
    while (!over.aborted) {
      const waitMs = await this.#round();
      if (waitMs > 0) await this.#pause.sleep(waitMs, over);
      this.#resting = false;
    }
  }

  /** One question and answer; gives how long to wait before the next. */
  async #round(): Promise<number> {
    const session = this.#session;
    const sent = momentOf(session.clocks);
    const question = await this.#keep.question(session.no);
    this.#base = question.have.base;
    const { controlPlane, token } = session;
    const result = await controlPlane.post({
      name: 'sync',
      token,
      body: question,
      answer: z.unknown(),
      deadlineMs,
      signal: session.over,
    });
    session.note('sync', result.ok ? undefined : result.failure);
    if (!result.ok) return this.#rest(result.failure.retryAfterMs);
    if (session.over.aborted) return 0;
    try {
      const taken = await this.#keep.take(result.data, sent);
      if (taken.refused !== undefined) return this.#rest(null);
      this.#backoff.reset();
      if (taken.mismatched.length > 0) return this.#afterMismatch();
      this.#mismatches = 0;
      if (taken.changed || taken.more) return this.#atOnce();
    } catch (error) {
      session.log.error({ err: error }, 'a config answer could not be applied; what is in use stays');
      return this.#rest(null);
    }
    this.#rounds = 0;
    return session.answer.sync_poll_s * 1000 * (0.9 + 0.2 * session.random());
  }

  #rest(retryAfterMs: number | null): number {
    this.#resting = true;
    return this.#backoff.nextMs(retryAfterMs);
  }

  // The whole scope is asked for at once; if that does not fit either, ever more slowly.
  #afterMismatch(): number {
    this.#mismatches += 1;
    return this.#mismatches === 1 ? 0 : Math.min(longestMismatchMs, 1000 * 2 ** Math.min(this.#mismatches, 10));
  }

  // A control plane that always has something to say must not make this a hot loop.
  #atOnce(): number {
    this.#rounds += 1;
    return this.#rounds % roundsAtOnce === 0 ? 1000 : 0;
  }
}
