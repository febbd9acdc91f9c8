import type { Talk, Voice } from './talk.ts';

const usage = (talk: Talk) => ({
  prompt_tokens: talk.inputTokens,
  completion_tokens: talk.pieces.length,
  total_tokens: talk.inputTokens + talk.pieces.length,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
});
const finishReason = (talk: Talk) => (talk.cutShort ? 'length' : 'stop');
const created = 1_760_000_000;

export const openaiChat: Voice = {
  whole: (talk) => ({
    id: `chatcmpl-${talk.id}`,
    object: 'chat.completion',
    created,
    model: talk.model,
    choices: [{ index: 0, message: { role: 'assistant', content: talk.pieces.join('') }, finish_reason: finishReason(talk) }],
    usage: usage(talk),
  }),
  *frames(talk) {
    const frame = (choices: unknown, rest: object = {}) => {
      const chunk = { id: `chatcmpl-${talk.id}`, object: 'chat.completion.chunk', created, model: talk.model };
      return `data: ${JSON.stringify({ ...chunk, choices, ...rest })}\n\n`;
    };
    yield frame([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
    for (const content of talk.pieces) yield frame([{ index: 0, delta: { content }, finish_reason: null }]);
    yield frame([{ index: 0, delta: {}, finish_reason: finishReason(talk) }]);
    yield frame([], { usage: usage(talk) });
    yield 'data: [DONE]\n\n';
  },
  count: () => ({}),
  error: openaiError,
};

export function openaiError(status: number, message: string): unknown {
  const code = status === 404 ? 'model_not_found' : status === 429 ? 'rate_limit_exceeded' : null;
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param: null, code } };
}
