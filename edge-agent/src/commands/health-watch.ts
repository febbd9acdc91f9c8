const healthyAfterMs = 60_000;

/** Tells which change of config this process has lived with for long enough. Looked at every few seconds. */
export class HealthWatch {
  readonly #seen: { readonly applyNo: number; readonly atMs: number }[] = [];

  /** Something crashed: whatever is in use has to live as long again. */
  crashed(): void {
    this.#seen.length = 0;
  }

  /** `applyNo`: the newest change in use now. Gives the newest one that is proven, undefined while there is none. */
  look(applyNo: number, nowMs: number): number | undefined {
    if (this.#seen.at(-1)?.applyNo !== applyNo) this.#seen.push({ applyNo, atMs: nowMs });
    const proven = this.#seen.findLastIndex(({ atMs }) => nowMs - atMs >= healthyAfterMs);
    if (proven > 0) this.#seen.splice(0, proven);
    return proven < 0 ? undefined : this.#seen[0]?.applyNo;
  }
}
