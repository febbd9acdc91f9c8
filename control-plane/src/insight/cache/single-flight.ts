interface Lane {
  running: Promise<unknown>;
  next: Promise<unknown> | undefined;
}

/**
 * One piece of work at a time for each name, its result shared by everyone who asked meanwhile. Whoever asks for
 * `fresh` gets work that began after he asked: he waits for the one under way and shares the one after it.
 */
export class SingleFlight {
  readonly #lanes = new Map<string, Lane>();

  run<T>(name: string, fresh: boolean, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(name);
    if (!lane) return this.#start(name, work);
    if (!fresh) return lane.running as Promise<T>;
    lane.next ??= lane.running.then(
      () => this.#start(name, work),
      () => this.#start(name, work),
    );
    return lane.next as Promise<T>;
  }

  #start<T>(name: string, work: () => Promise<T>): Promise<T> {
    const lane: Lane = { running: Promise.resolve(), next: undefined };
    const running = work().finally(() => {
      // Where a next flight waits, the lane stays taken until that one has begun and replaced it.
      if (lane.next === undefined) this.#lanes.delete(name);
    });
    lane.running = running;
    this.#lanes.set(name, lane);
    return running;
  }
}
