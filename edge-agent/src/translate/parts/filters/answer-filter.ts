import type { AnswerReader, AnswerStep } from '../../answer-step.ts';

/** Changes steps on their way from a reader to a writer. */
export interface AnswerFilter {
  pass(step: AnswerStep): readonly AnswerStep[];
  /** What was held back; called once, behind the last step. */
  end(): readonly AnswerStep[];
}

export function filterAnswer(reader: AnswerReader, filters: readonly AnswerFilter[]): AnswerReader {
  const run = (steps: readonly AnswerStep[], from = 0): readonly AnswerStep[] =>
    filters.slice(from).reduce((passed, filter) => passed.flatMap((step) => filter.pass(step)), steps);
  return {
    push: (chunk) => run(reader.push(chunk)),
    end(how) {
      const last = [...run(reader.end(how))];
      for (const [at, filter] of filters.entries()) last.push(...run(filter.end(), at + 1));
      return last;
    },
  };
}
