import { event } from '../../fake-upstream/fake-upstream.ts';
import { openAiBody, openAiError, openAiWait } from './openai.ts';
import { halfCharacter, type Speech } from './speech.ts';

const part = { type: 'output_text', text: 'hello', annotations: [] };
const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
const usageOf = (output: number) => ({ input_tokens: 25, output_tokens: output, total_tokens: 25 + output });
const response = (status: string, more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'claude-sonnet-4-5',
  status,
  error: null,
  incomplete_details: null,
  output: [],
  usage: null,
  ...more,
});
const whole = (more: object) => response('completed', { output: [item], ...more });
const inItem = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const closed =
  event('response.output_text.done', { ...inItem, text: 'hello' }) +
  event('response.content_part.done', { ...inItem, part }) +
  event('response.output_item.done', { output_index: 0, item });

const endOf = (output: number) => closed + event('response.completed', { response: whole({ usage: usageOf(output) }) });

export const responsesSpeech: Speech = {
  dialect: 'openai-responses',
  answer: JSON.stringify(whole({ usage: usageOf(15) })),
  uncounted: JSON.stringify(whole({})),
  countedZero: JSON.stringify(whole({ usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 } })),
  start:
    event('response.created', { response: response('in_progress') }) +
    event('response.in_progress', { response: response('in_progress') }) +
    event('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } }) +
    event('response.content_part.added', { ...inItem, part: { ...part, text: '' } }),
  hello: event('response.output_text.delta', { ...inItem, delta: 'hello' }),
  end: endOf(15),
  endOf,
  endUncounted: closed + event('response.completed', { response: whole({}) }),
  half: 'event: response.output_text.delta\ndata: {"type":"response.outp',
  midCharacter: Buffer.concat([
    Buffer.from('event: response.output_text.delta\ndata: {"type":"response.output_text.delta","output_index":0,"delta":"'),
    halfCharacter,
  ]),
  error: openAiBody,
  errorEvent: (_status, meaning) => {
    const { code, message } = openAiError(meaning);
    return event('response.failed', { response: response('failed', { error: { code, message } }) });
  },
  waitOfItsOwn: openAiWait,
};
