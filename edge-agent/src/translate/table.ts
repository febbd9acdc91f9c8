import type { Dialect } from '@aicarpool/shared-protocol';
import { geminiToAnthropicMessages } from './pairs/gemini-to-anthropic-messages.ts';
import { geminiToOpenaiChat } from './pairs/gemini-to-openai-chat.ts';
import { geminiToOpenaiResponses } from './pairs/gemini-to-openai-responses.ts';
import { openaiResponsesToAnthropicMessages } from './pairs/openai-responses-to-anthropic-messages.ts';
import { openaiResponsesToGemini } from './pairs/openai-responses-to-gemini.ts';
import type { Translation } from './translation.ts';

/** Every pair that can be served; a pair that is not here is refused by routing. */
const translations: readonly Translation[] = [
  geminiToAnthropicMessages,
  geminiToOpenaiChat,
  geminiToOpenaiResponses,
  openaiResponsesToAnthropicMessages,
  openaiResponsesToGemini,
];

const byPair = new Map(translations.map((one) => [`${one.from}>${one.to}`, one]));

export function findTranslation(from: Dialect, to: Dialect): Translation | undefined {
  return byPair.get(`${from}>${to}`);
}
