import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { newAnswerTranslator } from '../../src/translate/answer.ts';
import type { AnswerReader, AnswerWriter } from '../../src/translate/answer-step.ts';
import { readAnthropicMessages } from '../../src/translate/read/anthropic-messages.ts';
import { readGemini } from '../../src/translate/read/gemini.ts';
import { readOpenaiChat } from '../../src/translate/read/openai-chat.ts';
import { readOpenaiResponses } from '../../src/translate/read/openai-responses.ts';
import type { AnswerToTranslate } from '../../src/translate/translation.ts';
import { writeGemini } from '../../src/translate/write/gemini.ts';
import { writeOpenaiResponses } from '../../src/translate/write/openai-responses.ts';
import { canonicalOf } from './canonical.ts';
import { cuts, type RecordedAnswer, recordedAnswers } from './recorded.ts';

const readers: Record<Dialect, (stream: boolean) => AnswerReader> = {
  'anthropic-messages': readAnthropicMessages,
  'openai-chat': readOpenaiChat,
  'openai-responses': readOpenaiResponses,
  gemini: readGemini,
};
const writers = { 'openai-responses': writeOpenaiResponses, gemini: writeGemini } satisfies Partial<
  Record<Dialect, (input: AnswerToTranslate, upstream: Dialect) => AnswerWriter>
>;

function translate(
  one: RecordedAnswer,
  from: 'openai-responses' | 'gemini',
  to: Dialect,
  chunks: readonly Buffer[],
  search = '',
): string {
  const stream = search !== 'no stream';
  const input: AnswerToTranslate = {
    endpoint: {
      dialect: from,
      operation: 'generate',
      nativePath: '/',
      search: stream ? search : '',
      modelInPath: null,
      streamInPath: stream,
    },
    request: {},
    model: 'asked-model',
    stream,
    requestId: 'req_0123456789',
    nowMs: 1_700_000_000_000,
  };
  const translator = newAnswerTranslator(readers[to](one.stream), writers[from](input, to), 'text/event-stream');
  let said = '';
  for (const chunk of chunks) said += translator.push(chunk);
  return said + translator.end(one.expected.incomplete ? 'cut' : 'end');
}

function isUnfinished({ expected }: RecordedAnswer): boolean {
  return expected.error !== undefined || expected.incomplete === true || expected.stop === null;
}

/** A Gemini caller reads a model's own words of refusal as text, and cannot be given a call whose arguments broke off. */
function meaningOf({ text, thinking, toolCalls, refusal, stop, usage }: RecordedAnswer['expected'], isGemini: boolean) {
  const calls = toolCalls.map(({ name, args }: { name: string; args: unknown }) => ({
    name,
    // Freeform input, which Gemini can only say as a member.
    args: isGemini && typeof args === 'string' ? { input: args } : args,
  }));
  const isWhole = ({ args }: { args: Record<string, unknown> }) => args?.['_invalid_json'] === undefined;
  return {
    text: isGemini && stop !== 'content_filter' ? text + (refusal ?? '') : text,
    thinking: thinking ?? '',
    toolCalls: isGemini ? calls.filter(isWhole) : calls,
    // Neither format has a word for a pause, nor for calls that the model made from code and went on.
    stop: stop === 'pause' || stop === 'stop' ? (calls.length > 0 ? 'tool_calls' : 'stop') : stop,
    usage: usage?.inputTotal != null && {
      input: usage.input ?? 0,
      cacheRead: usage.cacheRead,
      // Gemini counts what is written to a cache as prompt.
      cacheWrite: usage.cacheWrite,
      output: usage.output,
      thinking: usage.thinking,
    },
  };
}

function seen(from: Dialect, said: string, stream: boolean) {
  const { text, thinking, toolCalls, stop, usage, error } = canonicalOf(from, said, stream);
  return { text, thinking, toolCalls: toolCalls.map(({ name, args }) => ({ name, args })), stop, usage, error };
}

for (const from of ['openai-responses', 'gemini'] as const) {
  for (const to of Object.keys(readers) as Dialect[]) {
    if (to === from) continue;
    const answers = recordedAnswers(to).map((one) => [one.id, one] as const);
    describe.skipIf(answers.length === 0)(`recorded answers of ${to} for callers of ${from}`, () => {
      it.each(answers)('%s', (_id, one) => {
        const sse = from === 'gemini' ? '?alt=sse' : '';
        const said = translate(one, from, to, [one.body], sse);
        for (const chunks of cuts(one.body)) expect(translate(one, from, to, chunks, sse)).toBe(said);
        const streamed = seen(from, said, true);
        const whole = seen(from, translate(one, from, to, [one.body], 'no stream'), false);
        if (isUnfinished(one)) {
          expect([streamed.error, whole.error]).not.toContain(null);
          return;
        }
        const meant = meaningOf(one.expected, from === 'gemini');
        for (const got of [streamed, whole]) {
          expect({ ...got, usage: null }).toEqual({ ...meant, usage: null, error: null });
          if (meant.usage) expectUsage(got.usage, meant.usage, from);
        }
      });
    });
  }
}

function expectUsage(
  got: ReturnType<typeof seen>['usage'],
  meant: NonNullable<ReturnType<typeof seen>['usage']>,
  from: Dialect,
): void {
  const isGemini = from === 'gemini';
  expect(got).toEqual({
    ...meant,
    input: isGemini ? meant.input + meant.cacheWrite : meant.input,
    cacheWrite: isGemini ? 0 : meant.cacheWrite,
    thinking: isGemini ? meant.thinking : (meant.thinking ?? 0),
  });
}
