import type { AnswerReader, AnswerStep } from '../answer-step.ts';
import { type JsonEvent, JsonEvents } from '../parts/json-events.ts';
import { AnthropicEvents } from './anthropic-events.ts';

/** Reads a Messages answer. Stream or JSON is told from its bytes: bridges answer the one where the other was asked for. */
export function readAnthropicMessages(_stream: boolean): AnswerReader {
  const frames = new JsonEvents();
  const answer = new AnthropicEvents();
  const read = (events: readonly JsonEvent[]): readonly AnswerStep[] =>
    events.flatMap(({ name, data }) => answer.read(data, name));
  return {
    push: (chunk) => read(frames.push(chunk)),
    end: () => [...read(frames.end()), ...answer.end()],
  };
}
