import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { findNumber, present } from '../parts/json.ts';
import { Untranslatable } from '../parts/untranslatable.ts';
import { readGemini } from '../read/gemini.ts';
import { answerFilters, stopSequences } from '../request/anthropic-messages/answer-filters.ts';
import { checkFields } from '../request/anthropic-messages/check-fields.ts';
import { geminiConfig } from '../request/anthropic-messages/gemini-config.ts';
import { geminiConversation } from '../request/anthropic-messages/gemini-contents.ts';
import { geminiTools } from '../request/anthropic-messages/gemini-tools.ts';
import type { JsonObject, RequestToTranslate, RequestTranslation, Translation } from '../translation.ts';
import { writeAnthropicMessages } from '../write/anthropic-messages.ts';
import { writeAnthropicError } from '../write/anthropic-messages-error.ts';

export const anthropicMessagesToGemini: Translation = {
  from: 'anthropic-messages',
  to: 'gemini',
  translateRequest,
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator(
        (body) => findNumber(body['totalTokens']),
        (count) => JSON.stringify({ input_tokens: count }),
      );
    }
    const reader = filterAnswer(readGemini(input.stream), answerFilters(input.request, stopSequences(input.request)));
    return newAnswerTranslator(reader, writeAnthropicMessages(input, 'gemini'), answerContentType(input.stream));
  },
  translateError: writeAnthropicError,
};

function translateRequest({ endpoint, body, model, stream }: RequestToTranslate): RequestTranslation {
  const problems = new Untranslatable('Gemini');
  checkFields(body, problems);
  const { contents, systemParts } = geminiConversation(body, model, problems);
  const config = geminiConfig(body, model, problems);
  const request: JsonObject = present({
    contents,
    systemInstruction: systemParts.length === 0 ? undefined : { parts: systemParts },
    ...geminiTools(body, problems),
    generationConfig: Object.keys(config).length === 0 ? undefined : config,
  });
  if (problems.refusal) return { ok: false, refusal: problems.refusal };
  const path = `/v1beta/models/${encodeURIComponent(model)}`;
  if (endpoint.operation === 'count_tokens') {
    const counted = { generateContentRequest: { model: `models/${model}`, ...request } };
    return { ok: true, request: { body: counted, nativePath: `${path}:countTokens`, search: '' } };
  }
  const verb = stream ? 'streamGenerateContent' : 'generateContent';
  return { ok: true, request: { body: request, nativePath: `${path}:${verb}`, search: stream ? '?alt=sse' : '' } };
}
