import { openaiError } from './openai-chat.ts';
import type { Talk, Voice } from './talk.ts';

const usage = (talk: Talk) => ({
  input_tokens: talk.inputTokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: talk.pieces.length,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: talk.inputTokens + talk.pieces.length,
});

const textPart = (text: string) => ({ type: 'output_text', text, annotations: [] });

function item(talk: Talk, status: 'in_progress' | 'completed') {
  const content = status === 'completed' ? [textPart(talk.pieces.join(''))] : [];
  return { id: `msg_${talk.id}`, type: 'message', status, role: 'assistant', content };
}

function response(talk: Talk, done: boolean) {
  return {
    id: `resp_${talk.id}`,
    object: 'response',
    created_at: 1_760_000_000,
    model: talk.model,
    status: done ? (talk.cutShort ? 'incomplete' : 'completed') : 'in_progress',
    error: null,
    incomplete_details: done && talk.cutShort ? { reason: 'max_output_tokens' } : null,
    output: done ? [item(talk, 'completed')] : [],
    usage: done ? usage(talk) : null,
  };
}

export const openaiResponses: Voice = {
  whole: (talk) => response(talk, true),
  *frames(talk) {
    let sequence = 0;
    const frame = (type: string, fields: object) => {
      const event = { type, sequence_number: sequence, ...fields };
      sequence += 1;
      return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
    };
    const place = { item_id: `msg_${talk.id}`, output_index: 0, content_index: 0 };
    yield frame('response.created', { response: response(talk, false) });
    yield frame('response.in_progress', { response: response(talk, false) });
    yield frame('response.output_item.added', { output_index: 0, item: item(talk, 'in_progress') });
    yield frame('response.content_part.added', { ...place, part: textPart('') });
    for (const delta of talk.pieces) yield frame('response.output_text.delta', { ...place, delta });
    yield frame('response.output_text.done', { ...place, text: talk.pieces.join('') });
    yield frame('response.content_part.done', { ...place, part: textPart(talk.pieces.join('')) });
    yield frame('response.output_item.done', { output_index: 0, item: item(talk, 'completed') });
    yield frame(talk.cutShort ? 'response.incomplete' : 'response.completed', { response: response(talk, true) });
  },
  count: () => ({}),
  error: openaiError,
};
