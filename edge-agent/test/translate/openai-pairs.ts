import { openaiChatToAnthropicMessages } from '../../src/translate/pairs/openai-chat-to-anthropic-messages.ts';
import { openaiChatToGemini } from '../../src/translate/pairs/openai-chat-to-gemini.ts';
import { openaiChatToOpenaiResponses } from '../../src/translate/pairs/openai-chat-to-openai-responses.ts';
import { openaiResponsesToOpenaiChat } from '../../src/translate/pairs/openai-responses-to-openai-chat.ts';
import type { AnswerToTranslate, JsonObject, RequestTranslation, Translation } from '../../src/translate/translation.ts';
import type { Loose } from './canonical.ts';

export const toAnthropic = openaiChatToAnthropicMessages;
export const toGemini = openaiChatToGemini;
export const toResponses = openaiChatToOpenaiResponses;
export const toChat = openaiResponsesToOpenaiChat;
export const openaiPairs: readonly Translation[] = [toAnthropic, toGemini, toResponses, toChat];

const models: Readonly<Record<string, string>> = {
  'anthropic-messages': 'claude-sonnet-5-5',
  gemini: 'gemini-3.5-flash',
  'openai-responses': 'gpt-6',
  'openai-chat': 'deepseek-v4',
};

function endpointOf(pair: Translation) {
  const nativePath = pair.from === 'openai-chat' ? '/v1/chat/completions' : '/v1/responses';
  return { dialect: pair.from, operation: 'generate', nativePath, search: '', modelInPath: null, streamInPath: null } as const;
}

export function ask(pair: Translation, body: JsonObject, model = models[pair.to] ?? 'm'): RequestTranslation {
  return pair.translateRequest({ endpoint: endpointOf(pair), body, model, stream: body['stream'] === true });
}

export function bodyOf(pair: Translation, body: JsonObject, model?: string): Loose {
  const asked = ask(pair, body, model);
  if (!asked.ok) throw new Error(asked.refusal.message);
  return asked.request.body;
}

export function refusalOf(pair: Translation, body: JsonObject): string {
  const asked = ask(pair, body);
  return asked.ok ? '' : asked.refusal.message;
}

export function answerTo(pair: Translation, request: JsonObject): AnswerToTranslate {
  const stream = request['stream'] === true;
  return { endpoint: endpointOf(pair), request, model: 'asked', stream, requestId: 'req_0123456789', nowMs: 1_000 };
}

/** The upstream's answer as the caller of `pair` gets it. */
export function answered(pair: Translation, request: JsonObject, chunks: readonly Buffer[], how: 'end' | 'cut' = 'end'): string {
  const translator = pair.newAnswer(answerTo(pair, request));
  const said = chunks.map((chunk) => translator.push(chunk)).join('');
  return said + translator.end(how);
}

export function sse(...events: readonly Loose[]): Buffer {
  const lines = events.map((event) => `${event.type ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  return Buffer.from(lines.join(''));
}
