import type { AnswerStep } from '../../answer-step.ts';
import type { AnswerFilter } from './answer-filter.ts';

/**
 * Lets one tool call through, for a caller that forbade several at once and an upstream that cannot be told: the model
 * asks again for the others once it has the result of the first.
 */
export class OneCall implements AnswerFilter {
  #count = 0;
  #isHidden = false;

  pass(step: AnswerStep): readonly AnswerStep[] {
    if (step.kind === 'tool_begin') this.#isHidden = this.#count++ > 0;
    if (!this.#isHidden || !step.kind.startsWith('tool_')) return [step];
    if (step.kind === 'tool_end') this.#isHidden = false;
    return [];
  }

  end(): readonly AnswerStep[] {
    return [];
  }
}
