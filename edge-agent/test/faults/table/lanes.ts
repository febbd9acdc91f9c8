import type { Dialect } from '@aicarpool/shared-protocol';
import { messageBody } from '../../ask.ts';

/** A caller of one API before providers of one API. */
export interface Lane {
  readonly name: string;
  readonly caller: Dialect;
  readonly provider: Dialect;
}

const lane = (caller: Dialect, provider: Dialect): Lane => ({
  name: caller === provider ? caller : `${caller}-to-${provider}`,
  caller,
  provider,
});

export const lanes: readonly Lane[] = [
  lane('anthropic-messages', 'anthropic-messages'),
  lane('openai-chat', 'openai-chat'),
  lane('openai-responses', 'openai-responses'),
  lane('gemini', 'gemini'),
  lane('openai-chat', 'anthropic-messages'),
  lane('anthropic-messages', 'gemini'),
  lane('openai-responses', 'openai-chat'),
];

const model = 'claude-sonnet-4-5';
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const geminiBody = JSON.stringify({ contents, generationConfig: { maxOutputTokens: 100 } });

/** A short question that allows a hundred tokens of answer. */
export const questions: Readonly<Record<Dialect, (stream: boolean) => { path: string; body: string }>> = {
  'anthropic-messages': (stream) => ({ path: '/v1/messages', body: messageBody(stream ? { stream } : {}) }),
  'openai-chat': (stream) => ({
    path: '/v1/chat/completions',
    body: messageBody(stream ? { stream, stream_options: { include_usage: true } } : {}),
  }),
  'openai-responses': (stream) => ({
    path: '/v1/responses',
    body: JSON.stringify({ model, input: 'hi', max_output_tokens: 100, ...(stream ? { stream } : {}) }),
  }),
  gemini: (stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: geminiBody,
  }),
};
