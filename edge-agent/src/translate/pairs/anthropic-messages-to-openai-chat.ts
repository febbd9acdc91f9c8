import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { findNumber, present } from '../parts/json.ts';
import { capOutput } from '../parts/models.ts';
import { Untranslatable } from '../parts/untranslatable.ts';
import { readOpenaiChat } from '../read/openai-chat.ts';
import { answerFilters, stopSequences } from '../request/anthropic-messages/answer-filters.ts';
import { chatMessages } from '../request/anthropic-messages/chat-messages.ts';
import { chatTools } from '../request/anthropic-messages/chat-tools.ts';
import { checkFields, findOutputSchema } from '../request/anthropic-messages/check-fields.ts';
import { openaiEffort, openaiFormat, openaiSampling, openaiStop } from '../request/anthropic-messages/openai-fields.ts';
import type { JsonObject, RequestToTranslate, RequestTranslation, Translation } from '../translation.ts';
import { writeAnthropicMessages } from '../write/anthropic-messages.ts';
import { writeAnthropicError } from '../write/anthropic-messages-error.ts';

export const anthropicMessagesToOpenaiChat: Translation = {
  from: 'anthropic-messages',
  to: 'openai-chat',
  translateRequest,
  newAnswer(input) {
    const reader = filterAnswer(readOpenaiChat(input.stream), answerFilters(input.request, stopSequences(input.request)));
    return newAnswerTranslator(reader, writeAnthropicMessages(input, 'openai-chat'), answerContentType(input.stream));
  },
  translateError: writeAnthropicError,
};

function translateRequest({ endpoint, body, model, stream }: RequestToTranslate): RequestTranslation {
  const problems = new Untranslatable('OpenAI Chat Completions');
  if (endpoint.operation === 'count_tokens') {
    problems.refuse(
      'Counting tokens',
      'estimate them, or ask a model of a service that counts (Anthropic, Gemini, OpenAI Responses).',
    );
  }
  checkFields(body, problems);
  const schema = findOutputSchema(body, problems);
  const maxTokens = findNumber(body['max_tokens']);
  const request: JsonObject = {
    model,
    messages: chatMessages(body, problems),
    max_completion_tokens: maxTokens === undefined ? undefined : capOutput(model, maxTokens),
    ...openaiSampling(body, model),
    stop: openaiStop(body, model),
    reasoning_effort: openaiEffort(body, model),
    response_format: schema && { type: 'json_schema', json_schema: openaiFormat(schema) },
    ...chatTools(body, problems),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  if (problems.refusal) return { ok: false, refusal: problems.refusal };
  return { ok: true, request: { body: present(request), nativePath: '/v1/chat/completions', search: '' } };
}
