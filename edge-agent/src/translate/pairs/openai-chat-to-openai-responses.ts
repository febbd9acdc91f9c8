import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { StopAt } from '../parts/filters/stop-at.ts';
import { findNumber, findText, objectOf, present } from '../parts/json.ts';
import { capOutput, hasOwnSampling, neverThinks } from '../parts/models.ts';
import { readOpenaiResponses } from '../read/openai-responses.ts';
import { checkChatFields } from '../request/openai-chat/check-fields.ts';
import { stopsOf } from '../request/openai-chat/read-ask.ts';
import { maxOutputTokens, responsesInput } from '../request/openai-chat/responses-input.ts';
import { responsesText, responsesTools } from '../request/openai-chat/responses-tools.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { JsonObject, Translation } from '../translation.ts';
import { writeOpenaiChat } from '../write/openai-chat.ts';
import { writeOpenaiChatError } from '../write/openai-chat-error.ts';

export const openaiChatToOpenaiResponses: Translation = {
  from: 'openai-chat',
  to: 'openai-responses',
  translateRequest: (asked) =>
    tryTranslation(asked, 'openai-responses', ({ body, model, stream }) => {
      checkChatFields(body, 'openai-responses');
      return { body: requestOf(body, model, stream), nativePath: '/v1/responses', search: '' };
    }),
  /** Responses knows no stop sequences: they are looked for in the answer. */
  newAnswer(input) {
    const stops = stopsOf(input.request);
    const reader = filterAnswer(readOpenaiResponses(input.stream), stops.length > 0 ? [new StopAt(stops)] : []);
    return newAnswerTranslator(reader, writeOpenaiChat(input, 'openai-responses'), answerContentType(input.stream));
  },
  translateError: writeOpenaiChatError,
};

/** Hints that the same provider takes in both formats. */
const sharedHints = ['prompt_cache_key', 'prompt_cache_retention', 'safety_identifier', 'service_tier', 'metadata', 'user'];

/** Nothing is stored there: its reasoning comes sealed, and goes back with the next request. */
function requestOf(body: JsonObject, model: string, stream: boolean): JsonObject {
  const reasoning = objectOf(body['reasoning']);
  const effort = findText(body['reasoning_effort']) ?? findText(reasoning['effort']);
  const maxTokens = maxOutputTokens(body);
  const hints = Object.fromEntries(sharedHints.map((name) => [name, body[name] ?? undefined]));
  return present({
    model,
    input: responsesInput(body),
    ...responsesTools(body),
    text: responsesText(body),
    max_output_tokens: maxTokens === undefined ? undefined : capOutput(model, maxTokens),
    ...(hasOwnSampling(model) ? {} : { temperature: findNumber(body['temperature']), top_p: findNumber(body['top_p']) }),
    reasoning: effort === undefined || neverThinks(model) ? undefined : { effort },
    include: neverThinks(model) ? undefined : ['reasoning.encrypted_content'],
    store: false,
    stream: stream ? true : undefined,
    ...hints,
  });
}
