import { noTokens } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import type { AnswerStep } from '../answer-step.ts';
import type { JsonObject } from '../translation.ts';
import { writeOpenaiChat } from './openai-chat.ts';

const endpoint = { dialect: 'openai-chat', operation: 'generate', nativePath: '/v1/chat/completions', search: '' } as const;

function said(request: JsonObject, stream: boolean, steps: readonly AnswerStep[], how: 'end' | 'cut' = 'end'): string {
  const input = { endpoint: { ...endpoint, modelInPath: null, streamInPath: null }, request, model: 'm', stream };
  const writer = writeOpenaiChat({ ...input, requestId: 'r1', nowMs: 5_000 }, 'anthropic-messages');
  return steps.map((step) => writer.write(step)).join('') + writer.end(how);
}

const lines = (text: string): string[] => text.split('\n\n').filter((line) => line !== '');
const choices = (text: string) =>
  lines(text)
    .filter((line) => line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)))
    .flatMap((chunk) => chunk.choices);
const message = (request: JsonObject, ...steps: AnswerStep[]) => JSON.parse(said(request, false, steps)).choices[0];

const stop = { kind: 'stop', meaning: 'stop', sequence: null } as const;
const waits = { kind: 'stop', meaning: 'tool_calls', sequence: null } as const;
const usage = { kind: 'usage', usage: { ...noTokens, input: 5, cacheRead: 2, cacheWrite1h: 1, output: 3, thinking: 1 } } as const;
const call = (name: string, freeform = false) => ({ kind: 'tool_begin', id: 'c1', name, proof: null, freeform }) as const;
const input = (text: string) => ({ kind: 'tool_input', text }) as const;
const end = { kind: 'tool_end' } as const;

describe('writeOpenaiChat', () => {
  it('begins with the role, names a call in its first piece only, and ends with [DONE]', () => {
    const text = said({}, true, [call('f'), input('{"a"'), input(':1}'), end, usage, waits]);
    expect(choices(text).map(({ delta, finish_reason }) => [delta, finish_reason])).toEqual([
      [{ role: 'assistant', content: '', refusal: null }, null],
      [{ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }, null],
      [{}, 'tool_calls'],
    ]);
    expect(lines(text).at(-1)).toBe('data: [DONE]');
    expect(text).not.toContain('usage');
  });

  it('says usage in a last chunk without choices where the caller asked for it', () => {
    const chunks = lines(said({ stream_options: { include_usage: true } }, true, [{ kind: 'text', text: 'a' }, usage, stop]));
    expect(chunks.slice(0, -2).every((line) => line.includes('"usage":null'))).toBe(true);
    expect(JSON.parse(chunks.at(-2)?.slice(6) ?? '')).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 8,
        completion_tokens: 3,
        total_tokens: 11,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('gives an empty call its empty arguments', () => {
    expect(message({}, call('f'), end, stop).message.tool_calls[0].function.arguments).toBe('{}');
  });

  it('unpacks what a freeform tool of the caller was told inside JSON, and passes on what was plain', () => {
    const tools = [{ type: 'custom', custom: { name: 'sql' } }];
    for (const steps of [
      [call('sql'), input('{"input":"SELECT '), input('\\"a\\""}'), end],
      [call('sql', true), input('SELECT "a"'), end],
    ]) {
      const one = { id: 'c1', type: 'custom', custom: { name: 'sql', input: 'SELECT "a"' } };
      expect(message({ tools }, ...steps, stop).message.tool_calls).toEqual([one]);
    }
  });

  it('answers callers of the older kind with a function_call', () => {
    const request = { functions: [{ name: 'f' }] };
    const choice = message(request, call('f'), input('{}'), end, waits);
    expect(choice).toMatchObject({ finish_reason: 'function_call', message: { function_call: { name: 'f', arguments: '{}' } } });
    expect(choice.message.tool_calls).toBeUndefined();
  });

  it('gives thinking with a proof that tells whose it is', () => {
    const thinking = [
      { kind: 'thinking', text: 'Hm' },
      { kind: 'thinking_proof', proof: 's', redacted: false },
    ] as const;
    const { reasoning_content, reasoning_details } = message({}, ...thinking, { kind: 'text', text: 'a' }, stop).message;
    expect(reasoning_content).toBe('Hm');
    expect(reasoning_details).toMatchObject([{ type: 'reasoning.text', text: 'Hm', signature: '~acp1.anthropic-messages.cw' }]);
    const sealed = message({}, { kind: 'thinking_proof', proof: 's', redacted: true }, stop).message;
    expect(sealed.reasoning_details).toMatchObject([{ type: 'reasoning.encrypted', data: '~acp1.anthropic-messages.cw' }]);
  });

  it('ends a broken answer with an error and without [DONE]', () => {
    const broken = [{ kind: 'text', text: 'a' }] as const;
    expect(lines(said({}, true, broken, 'cut')).at(-1)).toContain('"code":"server_error"');
    expect(said({}, true, broken, 'cut')).not.toContain('[DONE]');
    const limited = said({}, true, [{ kind: 'error', type: 'overloaded_error', message: 'busy' }]);
    expect(JSON.parse(limited.slice(6))).toEqual({
      error: { message: 'busy', type: 'server_error', param: null, code: 'server_is_overloaded' },
    });
  });

  it('says text, refusals and pictures of one answer in one message', () => {
    const image = { kind: 'image', mimeType: 'image/png', base64: 'AAAA' } as const;
    const choice = message(
      {},
      { kind: 'text', text: 'a' },
      { kind: 'text', text: 'b' },
      { kind: 'refusal', text: 'No' },
      image,
      stop,
    );
    expect(choice).toMatchObject({
      finish_reason: 'stop',
      message: {
        role: 'assistant',
        content: 'ab',
        refusal: 'No',
        images: [{ image_url: { url: 'data:image/png;base64,AAAA' } }],
      },
    });
  });
});
