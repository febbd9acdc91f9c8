import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { askGemini } from '../ask/gemini.ts';
import { type AnswerFilter, filterAnswer } from '../parts/filters/answer-filter.ts';
import { OneCall } from '../parts/filters/one-call.ts';
import { StopAt } from '../parts/filters/stop-at.ts';
import { objectOf, present } from '../parts/json.ts';
import { readGemini } from '../read/gemini.ts';
import { checkChatFields } from '../request/openai-chat/check-fields.ts';
import { readChatAsk, stopsOf } from '../request/openai-chat/read-ask.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { JsonObject, Translation } from '../translation.ts';
import { writeOpenaiChat } from '../write/openai-chat.ts';
import { writeOpenaiChatError } from '../write/openai-chat-error.ts';

/** Gemini takes so many; more are looked for in its answer. */
const MAX_STOPS = 5;

const alsoSaid = ['top_k', 'frequency_penalty', 'presence_penalty'];

export const openaiChatToGemini: Translation = {
  from: 'openai-chat',
  to: 'gemini',
  translateRequest: (asked) =>
    tryTranslation(asked, 'gemini', ({ body, model, stream }) => {
      checkChatFields(body, 'gemini', alsoSaid);
      const verb = stream ? 'streamGenerateContent' : 'generateContent';
      const nativePath = `/v1beta/models/${encodeURIComponent(model)}:${verb}`;
      return { body: requestOf(body, model), nativePath, search: stream ? '?alt=sse' : '' };
    }),
  newAnswer(input) {
    const stops = stopsOf(input.request);
    const filters: AnswerFilter[] = input.request['parallel_tool_calls'] === false ? [new OneCall()] : [];
    if (stops.length > MAX_STOPS) filters.push(new StopAt(stops));
    const reader = filterAnswer(readGemini(input.stream), filters);
    return newAnswerTranslator(reader, writeOpenaiChat(input, 'gemini'), answerContentType(input.stream));
  },
  translateError: writeOpenaiChatError,
};

function requestOf(body: JsonObject, model: string): JsonObject {
  const ask = readChatAsk(body, 'gemini');
  const stop = ask.stop.length > MAX_STOPS ? [] : ask.stop;
  const asked = askGemini({ ...ask, stop }, model);
  const { seed, presencePenalty, frequencyPenalty } = ask;
  const draw = {
    seed: seed ?? undefined,
    presencePenalty: presencePenalty ?? undefined,
    frequencyPenalty: frequencyPenalty ?? undefined,
  };
  const generationConfig = present({ ...objectOf(asked['generationConfig']), ...draw });
  return Object.keys(generationConfig).length === 0 ? asked : { ...asked, generationConfig };
}
