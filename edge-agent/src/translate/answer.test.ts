import { expect, it } from 'vitest';
import { newAnswerTranslator } from './answer.ts';
import { readAnthropicMessages } from './read/anthropic-messages.ts';
import { readOpenaiResponses } from './read/openai-responses.ts';
import { writeOpenaiChat } from './write/openai-chat.ts';

const endpoint = {
  dialect: 'openai-chat',
  operation: 'generate',
  nativePath: '',
  search: '',
  modelInPath: null,
  streamInPath: null,
} as const;
const input = { endpoint, request: {}, model: 'm', stream: true, requestId: 'r', nowMs: 0 };
const frames = (...events: object[]) => Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));

it('keeps the account out of errors that come in the middle of a stream', () => {
  const answer = newAnswerTranslator(readOpenaiResponses(true), writeOpenaiChat(input, 'openai-responses'), '');
  const said = answer.push(
    frames(
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
      { type: 'error', error: { code: 'rate_limit_exceeded', message: 'Limit of organization org-a1b2c3 reached' } },
    ),
  );
  expect(said).toContain('Limit of organization … reached');
});

it('waits for results where a bridge of Anthropic ends an answer with calls as if there were none', () => {
  const body = (caller?: object) => ({
    type: 'message',
    content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {}, ...(caller ? { caller } : {}) }],
    stop_reason: 'end_turn',
  });
  const stopOf = (answer: object) => {
    const reader = readAnthropicMessages(false);
    return [...reader.push(Buffer.from(JSON.stringify(answer))), ...reader.end('end')].find(({ kind }) => kind === 'stop');
  };
  expect(stopOf(body())).toMatchObject({ meaning: 'tool_calls' });
  expect(stopOf(body({ type: 'direct' }))).toMatchObject({ meaning: 'tool_calls' });
  expect(stopOf(body({ type: 'code_execution_20250825' }))).toMatchObject({ meaning: 'stop' });
});
