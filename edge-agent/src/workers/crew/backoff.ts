const firstMs = 250;
const longestMs = 15_000;
/** A worker that served for so long did not fail at its start. */
const goodAfterMs = 2_000;

/** How long a slot stays empty after its worker ended: not at all, but ever longer while one after the other ends at once. */
export class SlotBackoff {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  /** `servedMs`: from its first readiness to its end. */
  nextMs(servedMs: number): number {
    if (servedMs >= goodAfterMs) {
      this.#failures = 0;
      return 0;
    }
    this.#failures += 1;
    return this.#failures === 1 ? 0 : Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures - 2, 10));
  }
}
