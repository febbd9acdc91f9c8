import { expect, it } from 'vitest';
import { spentHeaders } from './spent-headers.ts';

const at = Date.parse('2026-11-21T10:00:00.000Z');
const room = { requests: { limit: 3, remaining: 0, windowMs: 4_000, wholeInMs: 4_000 }, tokens: undefined };
const refusal = { code: 'rate_limited', message: 'this API key may send 3 requests in 4 s', retryAfterSeconds: 3 } as const;

it('tells Anthropic clients that the limit rejects them and until when, without a claim that hides the message', () => {
  expect(spentHeaders('anthropic-messages', refusal, room, at)).toEqual({
    'anthropic-ratelimit-requests-limit': '3',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-11-21T10:00:04.000Z',
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': String(at / 1000 + 3),
  });
});

it('tells OpenAI clients what is left of which limit', () => {
  expect(spentHeaders('openai-chat', { ...refusal, code: 'tokens_limited' }, room, at)).toEqual({
    'x-ratelimit-limit-requests': '3',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '4.0s',
  });
});

it('says nothing of limits where another refusal is told', () => {
  expect(spentHeaders('anthropic-messages', { code: 'node_busy', message: 'busy' }, room, at)).toEqual({});
  expect(spentHeaders('gemini', refusal, room, at)).toEqual({});
});
