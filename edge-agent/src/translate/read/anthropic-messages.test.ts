import { totalTokens } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { findCorpus } from '../../../test/find-corpus.ts';
import type { AnswerStep } from '../answer-step.ts';
import { readAnthropicMessages } from './anthropic-messages.ts';

function stepsOf(body: Buffer, every = body.length || 1): readonly AnswerStep[] {
  const reader = readAnthropicMessages(true);
  const steps: AnswerStep[] = [];
  for (let at = 0; at < body.length; at += every) steps.push(...reader.push(body.subarray(at, at + every)));
  return [...steps, ...reader.end('end')];
}

function saying(steps: readonly AnswerStep[]) {
  const joined = (kind: 'text' | 'thinking' | 'tool_input') =>
    steps.map((step) => (step.kind === kind && 'text' in step ? step.text : '')).join('');
  const usage = steps.findLast((step) => step.kind === 'usage')?.usage;
  const stop = steps.findLast((step) => step.kind === 'stop')?.meaning ?? null;
  const calls = steps.filter((step) => step.kind === 'tool_begin').map((step) => step.name);
  return { text: joined('text'), thinking: joined('thinking'), input: joined('tool_input'), calls, usage, stop };
}

function sse(...events: object[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
}

const start = { type: 'message_start', message: { id: 'm1', model: 'claude', usage: { input_tokens: 3, output_tokens: 1 } } };
const end = { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } };

describe('readAnthropicMessages', () => {
  it('gives mixed blocks one after the other', () => {
    const open = (index: number) => ({
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id: `t${index}`, name: `n${index}`, input: {} },
    });
    const feed = (index: number, partial_json: string) => ({
      type: 'content_block_delta',
      index,
      delta: { type: 'input_json_delta', partial_json },
    });
    const close = (index: number) => ({ type: 'content_block_stop', index });
    const steps = stepsOf(
      sse(start, open(0), open(1), feed(1, '{"b"'), feed(0, '{"a":1}'), feed(1, ':2}'), close(1), close(0), end, {
        type: 'message_stop',
      }),
    );
    expect(steps.filter(({ kind }) => kind.startsWith('tool'))).toEqual([
      { kind: 'tool_begin', id: 't0', name: 'n0', proof: null, freeform: false },
      { kind: 'tool_input', text: '{"a":1}' },
      { kind: 'tool_end' },
      { kind: 'tool_begin', id: 't1', name: 'n1', proof: null, freeform: false },
      { kind: 'tool_input', text: '{"b":2}' },
      { kind: 'tool_end' },
    ]);
    expect(steps.at(-1)).toEqual({ kind: 'stop', meaning: 'tool_calls', sequence: null });
  });

  it('holds no stop where the answer broke off, and one where only message_stop is missing', () => {
    expect(saying(stepsOf(sse(start))).stop).toBeNull();
    expect(saying(stepsOf(sse(start, end))).stop).toBe('tool_calls');
  });

  it('joins a signature that comes in pieces', () => {
    const opened = { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } };
    const piece = (signature: string) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'signature_delta', signature },
    });
    const steps = stepsOf(sse(start, opened, piece('ab'), piece('cd'), { type: 'content_block_stop', index: 0 }, end));
    expect(steps.find(({ kind }) => kind === 'thinking_proof')).toMatchObject({ proof: 'abcd' });
  });

  it('closes thinking with its signature and gives redacted thinking as a proof alone', () => {
    const body = {
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'sig' },
        { type: 'redacted_thinking', data: 'xyz' },
        { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
    };
    expect(stepsOf(Buffer.from(JSON.stringify(body))).slice(1, 6)).toEqual([
      { kind: 'thinking', text: 'hm' },
      { kind: 'thinking_proof', proof: 'sig', redacted: false },
      { kind: 'thinking_proof', proof: 'xyz', redacted: true },
      { kind: 'tool_begin', id: 't', name: 'n', proof: null, freeform: false },
      { kind: 'tool_input', text: '{"a":1}' },
    ]);
  });
});

const recorded = findCorpus().filter(({ dialect, meta }) => dialect === 'anthropic-messages' && meta.response.status === 200);

interface Meaning {
  readonly text?: string;
  readonly thinking?: string;
  readonly toolCalls?: readonly { readonly name: string }[];
  readonly stop?: string | null;
  readonly error?: unknown;
  readonly incomplete?: boolean;
}

describe.skipIf(recorded.length === 0)('recorded Messages answers', () => {
  it.each(recorded.map((one) => [one.id, one] as const))('%s', (_id, { body, expected }) => {
    const meaning = expected as Meaning;
    const steps = stepsOf(body);
    const { text, thinking, calls, usage, stop } = saying(steps);
    expect([text, thinking]).toEqual([meaning.text ?? '', meaning.thinking ?? '']);
    expect(calls).toEqual((meaning.toolCalls ?? []).map(({ name }) => name));
    if (!meaning.error && !meaning.incomplete) expect(stop === 'stop_sequence' ? 'stop' : stop).toBe(meaning.stop);
    const reported = expected.usage;
    if (reported) expect(usage && totalTokens(usage)).toBe((reported.inputTotal ?? 0) + reported.output);
    expect(stepsOf(body, 7)).toEqual(steps);
  });
});
