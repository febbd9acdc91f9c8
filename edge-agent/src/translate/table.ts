import type { Dialect } from '@aicarpool/shared-protocol';
import { anthropicMessagesToGemini } from './pairs/anthropic-messages-to-gemini.ts';
import { anthropicMessagesToOpenaiChat } from './pairs/anthropic-messages-to-openai-chat.ts';
import { anthropicMessagesToOpenaiResponses } from './pairs/anthropic-messages-to-openai-responses.ts';
import { geminiToAnthropicMessages } from './pairs/gemini-to-anthropic-messages.ts';
import { geminiToOpenaiChat } from './pairs/gemini-to-openai-chat.ts';
import { geminiToOpenaiResponses } from './pairs/gemini-to-openai-responses.ts';
import { openaiChatToAnthropicMessages } from './pairs/openai-chat-to-anthropic-messages.ts';
import { openaiChatToGemini } from './pairs/openai-chat-to-gemini.ts';
import { openaiChatToOpenaiResponses } from './pairs/openai-chat-to-openai-responses.ts';
import { openaiResponsesToAnthropicMessages } from './pairs/openai-responses-to-anthropic-messages.ts';
import { openaiResponsesToGemini } from './pairs/openai-responses-to-gemini.ts';
import { openaiResponsesToOpenaiChat } from './pairs/openai-responses-to-openai-chat.ts';
import type { Translation } from './translation.ts';

/** Every pair that can be served; a pair that is not here is refused by routing. */
const translations: readonly Translation[] = [
  anthropicMessagesToGemini,
  anthropicMessagesToOpenaiChat,
  anthropicMessagesToOpenaiResponses,
  geminiToAnthropicMessages,
  geminiToOpenaiChat,
  geminiToOpenaiResponses,
  openaiChatToAnthropicMessages,
  openaiChatToGemini,
  openaiChatToOpenaiResponses,
  openaiResponsesToAnthropicMessages,
  openaiResponsesToGemini,
  openaiResponsesToOpenaiChat,
];

const byPair = new Map(translations.map((one) => [`${one.from}>${one.to}`, one]));

export function findTranslation(from: Dialect, to: Dialect): Translation | undefined {
  return byPair.get(`${from}>${to}`);
}
