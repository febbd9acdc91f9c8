/** One moment on both clocks: the wall clock can be set, the monotonic one stops while a machine sleeps. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** One run of the operating system, and a clock that no process of it can set. */
export interface OsBoot {
  readonly id: string;
  /** Since a moment that is the same for all its processes. */
  readonly upMs: () => number;
}

export interface Clocks {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Undefined: what was written down counts by the wall clock alone. */
  readonly boot?: OsBoot;
}

/** A moment as it is written down for a process that comes later. */
export interface WrittenMoment {
  readonly wallMs: number;
  readonly bootId: string | undefined;
  readonly upMs: number | undefined;
}

/**
 * How long ago that was, by whichever clock has run further. Undefined: the wall clock was set back since, and no other
 * clock tells.
 */
export function findAgoMs({ wallMs, bootId, upMs }: WrittenMoment, { nowMs, boot }: Clocks): number | undefined {
  const byWallMs = nowMs() - wallMs;
  const byBootMs = boot !== undefined && upMs !== undefined && bootId === boot.id ? boot.upMs() - upMs : -1;
  const agoMs = Math.max(byWallMs, byBootMs);
  return agoMs < 0 ? undefined : agoMs;
}

/** A moment of this process, as another process finds it again. */
export function written({ wallMs, monotonicMs: atMs }: Moment, { boot, monotonicMs }: Clocks): WrittenMoment {
  return { wallMs, bootId: boot?.id, upMs: boot && boot.upMs() - (monotonicMs() - atMs) };
}

export function momentOf(clocks: Clocks): Moment {
  return { wallMs: clocks.nowMs(), monotonicMs: clocks.monotonicMs() };
}

/** The same for another process: its monotonic clock began at another time. */
interface ToldMoment {
  readonly wallMs: number;
  readonly agoMs: number;
}

export interface ContactState {
  readonly last: ToldMoment | null;
  readonly held: readonly (readonly [scope: string, since: ToldMoment | null])[];
}

/**
 * When the control plane was last known to agree with what this node holds: the *send* time of the last sync
 * it answered in full, so that its own deadline for the node always comes later. Time has passed if either
 * clock says so.
 */
export class Contact {
  #last: Moment | undefined;
  readonly #held = new Map<string, Moment | undefined>();
  readonly #clocks: Clocks;

  /** `last`: what an earlier run of this node wrote down; the time in between counts too. */
  constructor(clocks: Clocks, last: WrittenMoment | undefined) {
    this.#clocks = clocks;
    const agoMs = last && findAgoMs(last, clocks);
    if (agoMs === undefined) return;
    const { wallMs, monotonicMs } = momentOf(clocks);
    this.#last = { wallMs: wallMs - agoMs, monotonicMs: monotonicMs - agoMs };
  }

  /** A moment in the past, on both clocks, by how long ago the wall clock says it was. */
  momentAt(wallMs: number): Moment {
    const away = Math.max(0, this.#clocks.nowMs() - wallMs);
    return { wallMs, monotonicMs: this.#clocks.monotonicMs() - away };
  }

  get lastAtMs(): number | undefined {
    return this.#last?.wallMs;
  }

  /** For a later run of this node. */
  write(): WrittenMoment | undefined {
    return this.#last && written(this.#last, this.#clocks);
  }

  /** `behind`: scopes that did not take the answer; their clock goes on from the moment before. */
  answered(sent: Moment, behind: Iterable<string>): void {
    const stuck = new Set(behind);
    for (const scope of this.#held.keys()) if (!stuck.has(scope)) this.#held.delete(scope);
    for (const scope of stuck) if (!this.#held.has(scope)) this.#held.set(scope, this.#last);
    this.#last = sent;
  }

  /** For another process of this node. */
  tell(): ContactState {
    const told = (moment: Moment | undefined) =>
      moment ? { wallMs: moment.wallMs, agoMs: this.#clocks.monotonicMs() - moment.monotonicMs } : null;
    return { last: told(this.#last), held: [...this.#held].map(([scope, since]) => [scope, told(since)] as const) };
  }

  /** What the process that has the contact says of it. */
  hear({ last, held }: ContactState): void {
    const heard = (moment: ToldMoment | null) =>
      moment ? { wallMs: moment.wallMs, monotonicMs: this.#clocks.monotonicMs() - moment.agoMs } : undefined;
    this.#last = heard(last);
    this.#held.clear();
    for (const [scope, since] of held) this.#held.set(scope, heard(since));
  }

  /** Milliseconds since the scope was confirmed; Infinity when it never was. */
  ageMs(scope: string, nowMs: number): number {
    const last = this.#held.has(scope) ? this.#held.get(scope) : this.#last;
    if (last === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(nowMs - last.wallMs, this.#clocks.monotonicMs() - last.monotonicMs);
  }
}
