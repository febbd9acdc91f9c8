import type { Moment } from '@aicarpool/shared-protocol';
import type { Clocks } from '../../snapshot/contact.ts';

/**
 * The time by which windows begin and end: this machine's wall clock, set right by the centre's whenever it answers. A
 * step of the wall clock makes rights look old at worst, until the next answer.
 */
export class CenterClock {
  readonly #clocks: Clocks;
  #offsetMs = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  now(): Moment {
    return { monoMs: this.#clocks.monotonicMs(), wallMs: this.#clocks.nowMs() + this.#offsetMs };
  }

  /** By this machine's own wall clock, as it is kept on disk. */
  localMs({ wallMs }: Moment): number {
    return wallMs - this.#offsetMs;
  }

  /** An answer to what was sent at `sent` says what time it is; gives `sent` on the clock that was set right. */
  set(sent: Moment, centerTime: string): Moment {
    const now = this.now();
    const halfWayMs = Math.max(0, now.monoMs - sent.monoMs) / 2;
    const aheadMs = Date.parse(centerTime) + halfWayMs - now.wallMs;
    this.#offsetMs += aheadMs;
    // From the present backwards: the wall clock may have been set since.
    return { monoMs: sent.monoMs, wallMs: now.wallMs + aheadMs - (now.monoMs - sent.monoMs) };
  }
}
