import type { Agent } from '../agent.ts';

/**
 * Reading on after the caller hung up, where hanging up would not stop the provider from charging: bounded in time,
 * in bytes, and in how many run at once.
 */
export class Drain {
  readonly #agent: Agent;
  readonly #giveUp: () => void;
  #timer: NodeJS.Timeout | undefined;
  #bytes = 0;

  constructor(agent: Agent, giveUp: () => void) {
    this.#agent = agent;
    this.#giveUp = giveUp;
  }

  get open(): boolean {
    return this.#timer !== undefined;
  }

  /** False: too many run already. */
  start(): boolean {
    const { load, limits } = this.#agent;
    if (load.drains >= limits.drains) return false;
    load.drains += 1;
    this.#timer = setTimeout(this.#giveUp, limits.drainMs);
    return true;
  }

  /** Counts what was read; true when it is enough. */
  spent(bytes: number): boolean {
    this.#bytes += bytes;
    return !this.open || this.#bytes > this.#agent.limits.drainBytes;
  }

  stop(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#agent.load.drains -= 1;
  }
}
