const slots = 10;
const slotMs = 30_000;
const smoothing = 0.2;

/** How requests went within the last five minutes, and how soon they were answered. */
export class Recent {
  readonly #well = new Uint32Array(slots);
  readonly #bad = new Uint32Array(slots);
  #slot = 0;
  /** How many in a row went the same way. */
  readonly row = { well: 0, bad: 0 };
  #firstByteMs: number | null = null;

  count(isWell: boolean, nowMs: number): void {
    this.#advance(nowMs);
    this.row.well = isWell ? this.row.well + 1 : 0;
    this.row.bad = isWell ? 0 : this.row.bad + 1;
    const into = isWell ? this.#well : this.#bad;
    into[this.#slot % slots] = (into[this.#slot % slots] ?? 0) + 1;
  }

  tookMs(ms: number): void {
    this.#firstByteMs = this.#firstByteMs === null ? ms : this.#firstByteMs + smoothing * (ms - this.#firstByteMs);
  }

  /** Smoothed; null: never answered. */
  get firstByteMs(): number | null {
    return this.#firstByteMs;
  }

  /** null: nothing was asked of it. */
  successRate(nowMs: number): number | null {
    this.#advance(nowMs);
    const well = this.#well.reduce((sum, one) => sum + one, 0);
    const all = this.#bad.reduce((sum, one) => sum + one, well);
    return all === 0 ? null : well / all;
  }

  #advance(nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    for (let past = Math.max(this.#slot + 1, slot - slots + 1); past <= slot; past += 1) {
      this.#well[past % slots] = 0;
      this.#bad[past % slots] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
  }
}
