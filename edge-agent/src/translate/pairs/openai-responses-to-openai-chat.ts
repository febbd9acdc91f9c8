import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { findNumber, findText, isObject, listOf, objectOf, present, textOf } from '../parts/json.ts';
import { capOutput, hasOwnSampling, neverThinks } from '../parts/models.ts';
import { readOpenaiChat } from '../read/openai-chat.ts';
import { CallerTools } from '../request/openai-responses/caller-tools.ts';
import { chatMessages } from '../request/openai-responses/chat-messages.ts';
import { chatTools } from '../request/openai-responses/chat-tools.ts';
import { refuseOthers } from '../request/refuse-members.ts';
import { formatNames } from '../request/targets.ts';
import { tryTranslation } from '../request/try-translation.ts';
import { NotTranslatable } from '../request/turns.ts';
import type { JsonObject, Translation } from '../translation.ts';
import { writeOpenaiResponses } from '../write/openai-responses.ts';
import { writeOpenaiResponsesError } from '../write/openai-responses-error.ts';

export const openaiResponsesToOpenaiChat: Translation = {
  from: 'openai-responses',
  to: 'openai-chat',
  translateRequest: (asked) =>
    tryTranslation(asked, 'openai-chat', ({ body, model, stream }) => {
      checkFields(body);
      return { body: requestOf(body, model, stream), nativePath: '/v1/chat/completions', search: '' };
    }),
  newAnswer(input) {
    const writer = writeOpenaiResponses(input, 'openai-chat');
    return newAnswerTranslator(readOpenaiChat(input.stream), writer, answerContentType(input.stream));
  },
  translateError: writeOpenaiResponsesError,
};

/**
 * Translated, or left out on purpose: who is asking, where it is served, cached and kept, and what is repeated beside
 * the answer.
 */
const known = new Set([
  ...['model', 'input', 'instructions', 'stream', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'],
  ...['max_output_tokens', 'temperature', 'top_p', 'store', 'metadata', 'client_metadata', 'user', 'safety_identifier'],
  ...['service_tier', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention', 'include', 'truncation'],
  ...['stream_options', 'max_tool_calls', 'generate'],
]);

function checkFields(body: JsonObject): void {
  const isLogprobs = listOf(body['include']).some((one) => textOf(one).includes('logprobs'));
  if (isLogprobs) throw new NotTranslatable('`include`: logprobs', formatNames['openai-chat'], 'Leave it out.');
  if (body['background'] === true) {
    throw new NotTranslatable('`background`', formatNames['openai-chat'], 'Wait for the answer, or stream it.');
  }
  if (body['generate'] === false) {
    throw new NotTranslatable('`generate`: false', formatNames['openai-chat'], 'Send the request without a warm-up.');
  }
  for (const name of ['previous_response_id', 'conversation']) {
    if (body[name] === undefined || body[name] === null) continue;
    throw new NotTranslatable(
      `\`${name}\` (a conversation kept at OpenAI)`,
      formatNames['openai-chat'],
      'Send the whole conversation in `input`.',
    );
  }
  const said = Object.entries(body).filter(([name, value]) => name !== 'background' && !(name === 'top_logprobs' && value === 0));
  refuseOthers(Object.fromEntries(said), '', formatNames['openai-chat'], known);
}

/** OpenAI's own models; compatible vendors take functions only. */
const knowsCustomTools = /^(gpt-[5-9]|o\d|codex)/;

function requestOf(body: JsonObject, model: string, stream: boolean): JsonObject {
  const tools = new CallerTools(body);
  const takesFreeform = knowsCustomTools.test(model);
  const text = objectOf(body['text']);
  const maxTokens = findNumber(body['max_output_tokens']);
  return present({
    model,
    messages: chatMessages(body, tools, takesFreeform),
    ...chatTools(body, tools, takesFreeform),
    response_format: isObject(text['format']) ? formatOf(text['format']) : undefined,
    verbosity: hasOwnSampling(model) ? findText(text['verbosity']) : undefined,
    reasoning_effort: neverThinks(model) ? undefined : findText(objectOf(body['reasoning'])['effort']),
    max_completion_tokens: maxTokens === undefined ? undefined : capOutput(model, maxTokens),
    ...(hasOwnSampling(model) ? {} : { temperature: findNumber(body['temperature']), top_p: findNumber(body['top_p']) }),
    stream: stream ? true : undefined,
    stream_options: stream ? { include_usage: true } : undefined,
  });
}

function formatOf({ type, ...format }: JsonObject): JsonObject | undefined {
  if (type === 'text') return undefined;
  return type === 'json_schema' ? { type, json_schema: format } : { type };
}
