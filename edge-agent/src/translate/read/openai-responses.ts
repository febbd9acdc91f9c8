import type { AnswerReader, AnswerStep } from '../answer-step.ts';
import { type JsonEvent, JsonEvents } from '../parts/json-events.ts';
import { ResponseSteps } from './openai-responses/response-steps.ts';

/** Reads a Responses answer, stream or JSON as its bytes tell. */
export function readOpenaiResponses(_stream: boolean): AnswerReader {
  const frames = new JsonEvents();
  const answer = new ResponseSteps();
  const read = (events: readonly JsonEvent[]): readonly AnswerStep[] => {
    for (const { name, data } of events) answer.read(data, name);
    return answer.take();
  };
  return {
    push: (chunk) => read(frames.push(chunk)),
    end: () => read(frames.end()),
  };
}
