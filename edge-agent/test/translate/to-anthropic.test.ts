import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { newAnswerTranslator } from '../../src/translate/answer.ts';
import type { AnswerReader } from '../../src/translate/answer-step.ts';
import { readGemini } from '../../src/translate/read/gemini.ts';
import { readOpenaiChat } from '../../src/translate/read/openai-chat.ts';
import { readOpenaiResponses } from '../../src/translate/read/openai-responses.ts';
import type { AnswerToTranslate } from '../../src/translate/translation.ts';
import { writeAnthropicMessages } from '../../src/translate/write/anthropic-messages.ts';
import { canonicalOf } from './canonical.ts';
import { cuts, type RecordedAnswer, recordedAnswers } from './recorded.ts';

const readers: Partial<Record<Dialect, (stream: boolean) => AnswerReader>> = {
  gemini: readGemini,
  'openai-chat': readOpenaiChat,
  'openai-responses': readOpenaiResponses,
};

function translate(dialect: Dialect, one: RecordedAnswer, chunks: readonly Buffer[], stream: boolean): string {
  const reader = readers[dialect];
  if (!reader) throw new Error(dialect);
  const endpoint = { dialect: 'anthropic-messages' as const, operation: 'generate' as const, nativePath: '/v1/messages' };
  const input: AnswerToTranslate = {
    endpoint: { ...endpoint, search: '', modelInPath: null, streamInPath: null },
    request: {},
    model: 'claude-sonnet-5-5',
    stream,
    requestId: 'req_0123456789',
    nowMs: 0,
  };
  const translator = newAnswerTranslator(reader(one.stream), writeAnthropicMessages(input, dialect), 'text/event-stream');
  let said = '';
  for (const chunk of chunks) said += translator.push(chunk);
  return said + translator.end(one.expected.incomplete ? 'cut' : 'end');
}

function isUnfinished({ expected }: RecordedAnswer): boolean {
  return expected.error !== undefined || expected.incomplete === true || expected.stop === null;
}

/** Words of refusal are text to a Messages caller, who then reads `refusal` as the reason. */
function meaningOf(expected: RecordedAnswer['expected']) {
  const { usage } = expected;
  return {
    text: expected.text + (expected.refusal ?? ''),
    thinking: expected.thinking ?? '',
    toolCalls: expected.toolCalls.map(({ name, args }: { name: string; args: unknown }) => ({
      name,
      args: typeof args === 'string' ? { input: args } : args,
    })),
    stop: expected.refusal ? 'content_filter' : expected.stop === 'other' ? 'stop' : expected.stop,
    usage: usage && {
      input: usage.input ?? 0,
      cacheRead: usage.cacheRead,
      cacheWrite: usage.cacheWrite,
      output: usage.output,
      thinking: usage.thinking,
    },
  };
}

for (const dialect of ['gemini', 'openai-chat', 'openai-responses'] as const) {
  const answers = recordedAnswers(dialect);
  describe.skipIf(answers.length === 0)(`recorded answers of ${dialect}, said to a Messages caller`, () => {
    for (const one of answers) {
      it(`${one.id}: text, calls, stop and usage are kept, in any cut`, () => {
        for (const stream of [true, false]) {
          const whole = translate(dialect, one, [one.body], stream);
          for (const chunks of cuts(one.body)) expect(translate(dialect, one, chunks, stream)).toBe(whole);
          const said = canonicalOf('anthropic-messages', whole, stream);
          if (isUnfinished(one)) {
            expect(said.error).not.toBeNull();
            if (!stream) continue;
          }
          const wanted = meaningOf(one.expected);
          expect(said).toMatchObject({ text: wanted.text, thinking: wanted.thinking });
          expect(said.toolCalls.map(({ name, args }) => ({ name, args }))).toEqual(wanted.toolCalls);
          if (isUnfinished(one)) continue;
          expect({ stop: said.stop, usage: said.usage }).toEqual({ stop: wanted.stop, usage: wanted.usage ?? said.usage });
        }
      });
    }
  });
}
