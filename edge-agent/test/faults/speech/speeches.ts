import type { Dialect } from '@aicarpool/shared-protocol';
import { anthropicSpeech } from './anthropic-messages.ts';
import { geminiSpeech } from './gemini.ts';
import { chatSpeech } from './openai-chat.ts';
import { responsesSpeech } from './openai-responses.ts';
import type { Speech } from './speech.ts';

export const speeches: Readonly<Record<Dialect, Speech>> = {
  'anthropic-messages': anthropicSpeech,
  'openai-chat': chatSpeech,
  'openai-responses': responsesSpeech,
  gemini: geminiSpeech,
};
