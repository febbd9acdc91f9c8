import type { Dialect } from '@aicarpool/shared-protocol';
import { anthropicMessagesToGemini } from '../../src/translate/pairs/anthropic-messages-to-gemini.ts';
import { anthropicMessagesToOpenaiChat } from '../../src/translate/pairs/anthropic-messages-to-openai-chat.ts';
import { anthropicMessagesToOpenaiResponses } from '../../src/translate/pairs/anthropic-messages-to-openai-responses.ts';
import type { AnswerToTranslate, JsonObject, RequestTranslation, Translation } from '../../src/translate/translation.ts';
import type { Loose } from './canonical.ts';

export const toGemini = anthropicMessagesToGemini;
export const toChat = anthropicMessagesToOpenaiChat;
export const toResponses = anthropicMessagesToOpenaiResponses;
export const messagesPairs: readonly Translation[] = [toChat, toResponses, toGemini];

const models: Partial<Record<Dialect, string>> = {
  gemini: 'gemini-3-flash-preview',
  'openai-chat': 'some-model',
  'openai-responses': 'some-model',
};

export function endpointOf(operation: 'generate' | 'count_tokens') {
  const nativePath = operation === 'generate' ? '/v1/messages' : '/v1/messages/count_tokens';
  return { dialect: 'anthropic-messages', operation, nativePath, search: '', modelInPath: null, streamInPath: null } as const;
}

export function ask(pair: Translation, body: JsonObject, model?: string, operation: 'generate' | 'count_tokens' = 'generate') {
  const asked = { body, model: model ?? models[pair.to] ?? 'm', stream: body['stream'] === true };
  return pair.translateRequest({ endpoint: endpointOf(operation), ...asked });
}

export function bodyOf(pair: Translation, body: JsonObject, model?: string): Loose {
  const asked = ask(pair, body, model);
  if (!asked.ok) throw new Error(asked.refusal.message);
  return asked.request.body;
}

export function refusalOf(asked: RequestTranslation): string {
  return asked.ok ? '' : `${asked.refusal.code}: ${asked.refusal.message}`;
}

export function answered(
  pair: Translation,
  request: JsonObject,
  chunks: readonly (Buffer | string)[],
  how: 'end' | 'cut' = 'end',
): string {
  const input: AnswerToTranslate = {
    endpoint: endpointOf('generate'),
    request,
    model: 'claude-sonnet-5-5',
    stream: request['stream'] === true,
    requestId: 'req_0123456789',
    nowMs: 0,
  };
  const translator = pair.newAnswer(input);
  return chunks.map((chunk) => translator.push(Buffer.from(chunk))).join('') + translator.end(how);
}
