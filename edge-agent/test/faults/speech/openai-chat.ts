import { openAiBody, openAiError, openAiWait } from './openai.ts';
import { halfCharacter, type Speech } from './speech.ts';

const usageOf = (output: number) => ({ prompt_tokens: 25, completion_tokens: output, total_tokens: 25 + output });
const chunk = (choices: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'claude-sonnet-4-5', choices, ...more })}\n\n`;
const delta = (piece: object, finish_reason: string | null = null) => [{ index: 0, delta: piece, finish_reason }];
const answer = (more: object) =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'claude-sonnet-4-5',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
    ...more,
  });
const done = 'data: [DONE]\n\n';
const endOf = (output: number) => chunk(delta({}, 'stop')) + chunk([], { usage: usageOf(output) }) + done;

export const chatSpeech: Speech = {
  dialect: 'openai-chat',
  answer: answer({ usage: usageOf(15) }),
  uncounted: answer({}),
  countedZero: answer({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
  start: chunk(delta({ role: 'assistant', content: '' })),
  hello: chunk(delta({ content: 'hello' })),
  end: endOf(15),
  endOf,
  endUncounted: chunk(delta({}, 'stop')) + done,
  half: 'data: {"id":"chatcmpl-1","object":"chat.comp',
  midCharacter: Buffer.concat([
    Buffer.from(
      'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"',
    ),
    halfCharacter,
  ]),
  error: openAiBody,
  errorEvent: (_status, meaning) => `data: ${JSON.stringify({ error: openAiError(meaning) })}\n\n`,
  waitOfItsOwn: openAiWait,
};
