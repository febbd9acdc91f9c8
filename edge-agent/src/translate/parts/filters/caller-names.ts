import type { AnswerStep } from '../../answer-step.ts';
import { portableName } from '../../request/portable-name.ts';
import type { AnswerFilter } from './answer-filter.ts';

/** Gives tools the names back by which the caller knows them. */
export class CallerNames implements AnswerFilter {
  readonly #names: ReadonlyMap<string, string>;

  constructor(names: readonly string[]) {
    this.#names = new Map(names.map((name) => [portableName(name), name]));
  }

  pass(step: AnswerStep): readonly AnswerStep[] {
    return step.kind === 'tool_begin' ? [{ ...step, name: this.#names.get(step.name) ?? step.name }] : [step];
  }

  end(): readonly AnswerStep[] {
    return [];
  }
}
