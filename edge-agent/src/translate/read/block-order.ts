import type { AnswerStep } from '../answer-step.ts';
import { type Lane, StepLanes } from './step-lanes.ts';

/**
 * Gives the steps of content blocks one block after the other. Anthropic itself never mixes them; bridges that claim
 * its format do, and a writer can only follow one tool call at a time.
 */
export class BlockOrder {
  readonly #lanes = new StepLanes();

  /** Steps that may leave now; those of a block that opened later wait for the ones before it to close. */
  add(index: number, steps: readonly AnswerStep[]): readonly AnswerStep[] {
    this.#say(index, steps);
    return this.#lanes.take();
  }

  close(index: number, steps: readonly AnswerStep[]): readonly AnswerStep[] {
    this.#lanes.close(this.#say(index, steps));
    return this.#lanes.take();
  }

  #say(index: number, steps: readonly AnswerStep[]): Lane {
    const key = String(index);
    const open = this.#lanes.lanes.find((lane) => lane.key === key && !lane.isDone);
    const lane = open ?? this.#lanes.open(key);
    for (const step of steps) this.#lanes.say(lane, step);
    return lane;
  }
}
