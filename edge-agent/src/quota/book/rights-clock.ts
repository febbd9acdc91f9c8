import { type Clocks, type Moment, momentOf } from '../../snapshot/contact.ts';

/** What outlives the process, so that a restart keeps its rights as long as they are good, and no longer. */
export interface KeptContact {
  /** Names one run of the operating system. */
  readonly osBootId: string;
  /** When the question was sent that was answered last, by the wall clock. */
  readonly sentAtMs: number;
  readonly holdS: number;
}

/**
 * Until when rights are good, counted from the send time of the last question that was answered, by whichever clock has
 * run further; and what time it is at the centre, by which windows begin and end.
 */
export class RightsClock {
  readonly #clocks: Clocks;
  readonly #osBootId: string;
  #last: Moment | undefined;
  #holdMs = 0;
  #center: Moment | undefined;
  /** The machine was started anew, and the centre was not heard since. */
  #isNewBoot: boolean;

  constructor(clocks: Clocks, osBootId: string, kept: KeptContact | undefined) {
    this.#clocks = clocks;
    this.#osBootId = osBootId;
    this.#isNewBoot = kept?.osBootId !== osBootId;
    if (!kept) return;
    const awayMs = Math.max(0, clocks.nowMs() - kept.sentAtMs);
    this.#last = { wallMs: kept.sentAtMs, monotonicMs: clocks.monotonicMs() - awayMs };
    this.#holdMs = kept.holdS * 1000;
  }

  answered(sent: Moment, holdS: number, centerTime: string): KeptContact {
    const heard = momentOf(this.#clocks);
    this.#last = sent;
    this.#holdMs = holdS * 1000;
    this.#isNewBoot = false;
    const halfWayMs = Math.max(0, heard.monotonicMs - sent.monotonicMs) / 2;
    this.#center = { wallMs: Date.parse(centerTime) + halfWayMs, monotonicMs: heard.monotonicMs };
    return { osBootId: this.#osBootId, sentAtMs: sent.wallMs, holdS };
  }

  /** The time at the centre; before it was heard, this machine's own. A step of the wall clock does not move it. */
  nowMs(): number {
    if (!this.#center) return this.#clocks.nowMs();
    return this.#center.wallMs + this.#clocks.monotonicMs() - this.#center.monotonicMs;
  }

  /** `strict`: whoever wants to hear from the centre first after a start of the machine. */
  isStale(strict: boolean): boolean {
    return (strict && this.#isNewBoot) || this.ageMs() > this.#holdMs;
  }

  /** Since the centre last answered; Infinity: never. */
  ageMs(): number {
    if (!this.#last) return Number.POSITIVE_INFINITY;
    return Math.max(this.#clocks.nowMs() - this.#last.wallMs, this.#clocks.monotonicMs() - this.#last.monotonicMs);
  }
}
