import { WindowCounter } from './window-counter.ts';

const countersAtMost = 200_000;

/** Window counters by name, made when first used. Beyond the bound the one that was made first is forgotten. */
export class WindowTable {
  readonly #counters = new Map<string, WindowCounter>();

  of(name: string, windowMs: number): WindowCounter {
    const known = this.#counters.get(name);
    if (known?.windowMs === windowMs) return known;
    if (!known && this.#counters.size >= countersAtMost) {
      const oldest = this.#counters.keys().next().value;
      if (oldest !== undefined) this.#counters.delete(oldest);
    }
    const fresh = new WindowCounter(windowMs);
    this.#counters.set(name, fresh);
    return fresh;
  }
}
