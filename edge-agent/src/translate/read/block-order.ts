import type { AnswerStep } from '../answer-step.ts';

interface WaitingBlock {
  readonly index: number;
  readonly steps: AnswerStep[];
  isClosed: boolean;
}

/**
 * Gives the steps of content blocks one block after the other. Anthropic itself never mixes them; bridges that claim
 * its format do, and a writer can only follow one tool call at a time.
 */
export class BlockOrder {
  #open: number | null = null;
  #waiting: WaitingBlock[] = [];

  /** Steps of block `index` that may leave now; the others wait for the open block to close. */
  add(index: number, steps: readonly AnswerStep[]): readonly AnswerStep[] {
    if (this.#open === null) this.#open = index;
    if (this.#open === index) return steps;
    const block = this.#waiting.find((waiting) => waiting.index === index && !waiting.isClosed);
    if (block) block.steps.push(...steps);
    else this.#waiting.push({ index, steps: [...steps], isClosed: false });
    return [];
  }

  close(index: number, steps: readonly AnswerStep[]): readonly AnswerStep[] {
    if (this.#open !== index) {
      const block = this.#waiting.find((waiting) => waiting.index === index && !waiting.isClosed);
      if (!block) return this.#open === null ? steps : [];
      block.steps.push(...steps);
      block.isClosed = true;
      return [];
    }
    this.#open = null;
    return [...steps, ...this.#drain()];
  }

  #drain(): AnswerStep[] {
    const ready: AnswerStep[] = [];
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      ready.push(...next.steps);
      if (next.isClosed) continue;
      this.#open = next.index;
      break;
    }
    return ready;
  }
}
