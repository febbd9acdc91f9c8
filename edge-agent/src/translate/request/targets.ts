import type { Dialect } from '@aicarpool/shared-protocol';

/** How refusals name a format. */
export const formatNames: Readonly<Record<Dialect, string>> = {
  'anthropic-messages': 'Anthropic Messages',
  'openai-chat': 'OpenAI Chat Completions',
  'openai-responses': 'OpenAI Responses',
  gemini: 'Gemini',
};
