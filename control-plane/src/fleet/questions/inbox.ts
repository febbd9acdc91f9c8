import type { StatsAnswer } from '@aicarpool/shared-protocol';

/** Answers to one question as they come: the first of each node counts. */
export class Inbox {
  readonly #answers = new Map<string, StatsAnswer>();
  readonly #takers = new Map<string, () => void>();

  put(nodeId: string, answer: StatsAnswer): void {
    if (this.#answers.has(nodeId)) return;
    this.#answers.set(nodeId, answer);
    this.#takers.get(nodeId)?.();
  }

  /** The answer of a node, or undefined when it did not come in time. */
  async take(nodeId: string, withinMs: number): Promise<StatsAnswer | undefined> {
    if (this.#answers.has(nodeId) || withinMs <= 0) return this.#answers.get(nodeId);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#takers.set(nodeId, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#takers.delete(nodeId);
    return this.#answers.get(nodeId);
  }
}
