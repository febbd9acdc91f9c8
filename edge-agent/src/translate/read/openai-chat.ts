import type { AnswerReader, AnswerStep } from '../answer-step.ts';
import { type JsonEvent, JsonEvents } from '../parts/json-events.ts';
import { ChatSteps } from './openai-chat/chat-steps.ts';

/**
 * Reads a Chat Completions answer of OpenAI or of a compatible vendor. Stream or JSON is told from its bytes: vendors
 * answer the one where the other was asked for.
 */
export function readOpenaiChat(_stream: boolean): AnswerReader {
  const frames = new JsonEvents();
  const answer = new ChatSteps();
  const read = (events: readonly JsonEvent[]): readonly AnswerStep[] => {
    for (const { data } of events) answer.read(data);
    return answer.take();
  };
  return {
    push: (chunk) => read(frames.push(chunk)),
    end() {
      const steps = read(frames.end());
      if (frames.done) answer.close();
      else answer.end();
      return [...steps, ...answer.take()];
    },
  };
}
