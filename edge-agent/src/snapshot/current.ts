import type { Snapshot } from './snapshot.ts';

/** The one reference that requests pin and the uplink swaps. */
export class CurrentSnapshot {
  #snapshot: Snapshot | undefined;

  constructor(first?: Snapshot) {
    this.#snapshot = first;
  }

  /** undefined: the node has no config yet (503 `config_missing`). */
  pin(): Snapshot | undefined {
    return this.#snapshot;
  }

  swap(next: Snapshot): void {
    this.#snapshot = next;
  }
}
