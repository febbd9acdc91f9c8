import type { AnswerReader, AnswerStep, AnswerWriter } from './answer-step.ts';
import { withoutAccountNames } from './parts/account-names.ts';
import type { AnswerTranslator } from './translation.ts';

/** Reads the upstream's answer and says it again, step by step. An answer that never stops is one that broke off. */
export function newAnswerTranslator(reader: AnswerReader, writer: AnswerWriter, contentType: string): AnswerTranslator {
  let isClosed = false;
  const say = (steps: readonly AnswerStep[]): string => {
    let said = '';
    for (const step of steps) {
      isClosed ||= step.kind === 'stop' || step.kind === 'error';
      said += writer.write(step.kind === 'error' ? { ...step, message: withoutAccountNames(step.message) } : step);
    }
    return said;
  };
  return {
    contentType,
    push: (chunk) => say(reader.push(chunk)),
    end(how) {
      const last = say(reader.end(how));
      return last + writer.end(isClosed ? 'end' : 'cut');
    },
  };
}

/** What a translated answer is sent as. */
export function answerContentType(stream: boolean): string {
  return stream ? 'text/event-stream; charset=utf-8' : 'application/json';
}
