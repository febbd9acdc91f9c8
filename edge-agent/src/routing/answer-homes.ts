const rememberedAtMost = 100_000;

/**
 * Which account keeps an answer that a later request may name. Another account of the same provider does not know it,
 * so a request that goes on from it belongs there. In memory, newest first; what is forgotten is routed like any other.
 */
export class AnswerHomes {
  readonly #homes = new Map<string, string>();

  remember(answerId: string, upstreamId: string): void {
    this.#homes.delete(answerId);
    this.#homes.set(answerId, upstreamId);
    if (this.#homes.size <= rememberedAtMost) return;
    const oldest = this.#homes.keys().next().value;
    if (oldest !== undefined) this.#homes.delete(oldest);
  }

  all(): IterableIterator<[answerId: string, upstreamId: string]> {
    return this.#homes.entries();
  }

  find(answerId: string): string | undefined {
    return this.#homes.get(answerId);
  }
}
