import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { findNumber, present } from '../parts/json.ts';
import { capOutput, neverThinks } from '../parts/models.ts';
import { Untranslatable } from '../parts/untranslatable.ts';
import { readOpenaiResponses } from '../read/openai-responses.ts';
import { answerFilters, stopSequences } from '../request/anthropic-messages/answer-filters.ts';
import { checkFields, findOutputSchema, systemTexts } from '../request/anthropic-messages/check-fields.ts';
import { openaiEffort, openaiFormat, openaiSampling } from '../request/anthropic-messages/openai-fields.ts';
import { readThinking } from '../request/anthropic-messages/read-thinking.ts';
import { responsesInput } from '../request/anthropic-messages/responses-input.ts';
import { responsesTools } from '../request/anthropic-messages/responses-tools.ts';
import type { JsonObject, RequestToTranslate, RequestTranslation, Translation } from '../translation.ts';
import { writeAnthropicMessages } from '../write/anthropic-messages.ts';
import { writeAnthropicError } from '../write/anthropic-messages-error.ts';

/** The API takes no smaller limit. */
const MIN_OUTPUT_TOKENS = 16;

export const anthropicMessagesToOpenaiResponses: Translation = {
  from: 'anthropic-messages',
  to: 'openai-responses',
  translateRequest,
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator(
        (body) => findNumber(body['input_tokens']),
        (count) => JSON.stringify({ input_tokens: count }),
      );
    }
    const reader = filterAnswer(readOpenaiResponses(input.stream), answerFilters(input.request, stopSequences(input.request)));
    return newAnswerTranslator(reader, writeAnthropicMessages(input, 'openai-responses'), answerContentType(input.stream));
  },
  translateError: writeAnthropicError,
};

function translateRequest({ endpoint, body, model, stream }: RequestToTranslate): RequestTranslation {
  const problems = new Untranslatable('OpenAI Responses');
  checkFields(body, problems);
  const isCount = endpoint.operation === 'count_tokens';
  const system = systemTexts(body['system']).join('\n');
  const shared: JsonObject = {
    model,
    instructions: system === '' ? undefined : system,
    input: responsesInput(body, problems),
    ...responsesTools(body, problems),
    ...thinkingFields(body, model),
    ...formatField(body, problems),
  };
  if (problems.refusal) return { ok: false, refusal: problems.refusal };
  const request = present(isCount ? shared : { ...shared, ...answerFields(body, model), ...(stream ? { stream: true } : {}) });
  return {
    ok: true,
    request: { body: request, nativePath: isCount ? '/v1/responses/input_tokens' : '/v1/responses', search: '' },
  };
}

function formatField(body: JsonObject, problems: Untranslatable): JsonObject {
  const schema = findOutputSchema(body, problems);
  return schema ? { text: { format: { type: 'json_schema', ...openaiFormat(schema) } } } : {};
}

function thinkingFields(body: JsonObject, model: string): JsonObject {
  const effort = openaiEffort(body, model);
  const summary = readThinking(body).isShown && !neverThinks(model) ? 'auto' : undefined;
  return effort === undefined && summary === undefined ? {} : { reasoning: present({ effort, summary }) };
}

/** Nothing is kept at the provider: its thinking comes sealed, and goes back with the next request. */
function answerFields(body: JsonObject, model: string): JsonObject {
  const maxTokens = findNumber(body['max_tokens']);
  return {
    ...openaiSampling(body, model),
    max_output_tokens: maxTokens === undefined ? undefined : Math.max(MIN_OUTPUT_TOKENS, capOutput(model, maxTokens)),
    store: false,
    include: neverThinks(model) ? undefined : ['reasoning.encrypted_content'],
  };
}
