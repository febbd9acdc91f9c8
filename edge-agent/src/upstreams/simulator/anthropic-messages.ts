import type { Talk, Voice } from './talk.ts';

const usage = (talk: Talk, output: number) => ({
  input_tokens: talk.inputTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: output,
});
const stopReason = (talk: Talk) => (talk.cutShort ? 'max_tokens' : 'end_turn');
const frame = (event: { readonly type: string; readonly [field: string]: unknown }) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const message = (talk: Talk) => ({ id: `msg_${talk.id}`, type: 'message', role: 'assistant', model: talk.model });

export const anthropicMessages: Voice = {
  whole: (talk) => ({
    ...message(talk),
    content: [{ type: 'text', text: talk.pieces.join('') }],
    stop_reason: stopReason(talk),
    stop_sequence: null,
    usage: usage(talk, talk.pieces.length),
  }),
  *frames(talk) {
    const start = { ...message(talk), content: [], stop_reason: null, stop_sequence: null, usage: usage(talk, 1) };
    yield frame({ type: 'message_start', message: start });
    yield frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    yield frame({ type: 'ping' });
    for (const text of talk.pieces) {
      yield frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    }
    yield frame({ type: 'content_block_stop', index: 0 });
    const delta = { stop_reason: stopReason(talk), stop_sequence: null };
    yield frame({ type: 'message_delta', delta, usage: { output_tokens: talk.pieces.length } });
    yield frame({ type: 'message_stop' });
  },
  count: (talk) => ({ input_tokens: talk.inputTokens }),
  error: (status, text) => ({ type: 'error', error: { type: errorTypes[status] ?? 'api_error', message: text } }),
};

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};
