import type { Dialect } from '@aicarpool/shared-protocol';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { newAnswerTranslator } from '../../src/translate/answer.ts';
import type { AnswerReader } from '../../src/translate/answer-step.ts';
import { readAnthropicMessages } from '../../src/translate/read/anthropic-messages.ts';
import { readGemini } from '../../src/translate/read/gemini.ts';
import { readOpenaiResponses } from '../../src/translate/read/openai-responses.ts';
import type { AnswerToTranslate } from '../../src/translate/translation.ts';
import { writeOpenaiChat } from '../../src/translate/write/openai-chat.ts';
import { type Canonical, canonicalOf } from './canonical.ts';
import { cuts, type RecordedAnswer, recordedAnswers } from './recorded.ts';

const readers: readonly (readonly [Dialect, (stream: boolean) => AnswerReader])[] = [
  ['anthropic-messages', readAnthropicMessages],
  ['gemini', readGemini],
  ['openai-responses', readOpenaiResponses],
];

const endpoint = { dialect: 'openai-chat', operation: 'generate', nativePath: '/v1/chat/completions', search: '' } as const;

function translate(
  dialect: Dialect,
  reader: AnswerReader,
  one: RecordedAnswer,
  chunks: readonly Buffer[],
  stream: boolean,
): string {
  const input: AnswerToTranslate = {
    endpoint: { ...endpoint, modelInPath: null, streamInPath: null },
    request: { stream_options: { include_usage: true } },
    model: 'asked',
    stream,
    requestId: 'req_0123456789',
    nowMs: 1_000,
  };
  const translator = newAnswerTranslator(reader, writeOpenaiChat(input, dialect), '');
  const said = chunks.map((chunk) => translator.push(chunk)).join('');
  return said + translator.end(one.expected.incomplete ? 'cut' : 'end');
}

/** Chat has no pause: what a provider's own tools were waiting for comes as an ordinary stop. */
function meaningOf(expected: RecordedAnswer['expected']) {
  const { usage, stop, text, thinking, refusal, toolCalls } = expected;
  return {
    text,
    thinking: thinking ?? '',
    refusal: refusal ?? '',
    toolCalls: toolCalls.map(({ name, args }: { name: string; args: unknown }) => ({ name, args })),
    stop: ['pause', 'other'].includes(stop) ? (toolCalls.length > 0 ? 'tool_calls' : 'stop') : stop,
    usage: usage?.total && {
      input: usage.input ?? 0,
      cacheRead: usage.cacheRead,
      cacheWrite: usage.cacheWrite,
      output: usage.output,
      thinking: usage.thinking,
    },
  };
}

/** As the official SDK understands it. */
async function readWithSdk(
  body: string,
  stream: boolean,
): Promise<Pick<Canonical, 'text' | 'stop'> & { calls: unknown; usage: unknown }> {
  const type = stream ? 'text/event-stream' : 'application/json';
  const fetch = async () => new Response(body, { headers: { 'content-type': type } });
  const client = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1/v1', fetch, maxRetries: 0 });
  const request = { model: 'm', messages: [{ role: 'user' as const, content: 'x' }] };
  const completion = stream
    ? await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion()
    : await client.chat.completions.create(request);
  const choice = completion.choices[0];
  const calls = choice?.message.tool_calls?.map((call) => (call.type === 'function' ? call.function.name : call.custom.name));
  return {
    text: choice?.message.content ?? '',
    stop: choice?.finish_reason ?? null,
    calls: calls ?? [],
    usage: completion.usage ? [completion.usage.prompt_tokens, completion.usage.completion_tokens] : null,
  };
}

for (const [dialect, newReader] of readers) {
  const answers = recordedAnswers(dialect);
  describe(`recorded answers of ${dialect}, said to a chat caller`, () => {
    it.skipIf(answers.length === 0)('are there (they lie beside the checkout)', () => expect(answers).not.toHaveLength(0));

    it.each(answers.map((one) => [one.id, one] as const))('%s keeps its meaning, in any cut', async (_id, one) => {
      for (const stream of [true, false]) {
        const whole = translate(dialect, newReader(one.stream), one, [one.body], stream);
        for (const chunks of cuts(one.body)) expect(translate(dialect, newReader(one.stream), one, chunks, stream)).toBe(whole);
        const said = canonicalOf('openai-chat', whole, stream);
        const wanted = meaningOf(one.expected);
        const isBroken = Boolean(one.expected.error || one.expected.incomplete || one.expected.stop === null);
        expect(said.error !== null).toBe(isBroken);
        if (isBroken && !stream) continue;
        const toolCalls = said.toolCalls.map(({ name, args }) => ({ name, args }));
        expect({ ...said, toolCalls }).toMatchObject({
          text: wanted.text,
          thinking: wanted.thinking,
          toolCalls: wanted.toolCalls,
        });
        if (isBroken) {
          await expect(readWithSdk(whole, stream)).rejects.toThrow();
          continue;
        }
        expect(said.refusal).toContain(wanted.refusal);
        expect({ stop: said.stop, usage: said.usage }).toEqual({ stop: wanted.stop, usage: wanted.usage || said.usage });
        const usage = said.usage && [said.usage.input + said.usage.cacheRead + said.usage.cacheWrite, said.usage.output];
        const calls = said.toolCalls.map(({ name }) => name);
        const sdk = await readWithSdk(whole, stream);
        // The SDK's own stream gathers no custom calls.
        if (!one.id.includes('custom-tool')) expect(sdk).toEqual({ text: said.text, stop: said.stop, calls, usage });
      }
    });
  });
}
