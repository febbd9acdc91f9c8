import { describe, expect, it } from 'vitest';
import { saidBy, stepsOf } from '../test/said.ts';
import { readOpenaiResponses } from './openai-responses.ts';

const sse = (...events: { type: string; [name: string]: unknown }[]): Buffer =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
const read = (...events: { type: string; [name: string]: unknown }[]) => stepsOf(readOpenaiResponses(true), sse(...events));
const added = (output_index: number, item: object) => ({ type: 'response.output_item.added', output_index, item });
const done = (output_index: number, item: object) => ({ type: 'response.output_item.done', output_index, item });
const completed = (response: object = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', output: [], ...response },
});

describe('readOpenaiResponses', () => {
  it('reads a freeform call and a refusal', () => {
    const said = saidBy(
      read(
        added(0, { type: 'custom_tool_call', call_id: 'c', name: 'exec', input: '' }),
        { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'a b' },
        done(0, { type: 'custom_tool_call', call_id: 'c', name: 'exec', input: 'a b' }),
        { type: 'response.refusal.delta', output_index: 1, content_index: 0, delta: 'No' },
        done(1, { type: 'message', content: [{ type: 'refusal', refusal: 'No' }] }),
        completed(),
      ),
    );
    expect(said.calls).toEqual([{ id: 'c', name: 'exec', input: 'a b', freeform: true }]);
    expect([said.refusal, said.stop]).toEqual(['No', 'tool_calls']);
  });

  it('closes thinking with its encrypted content, alone where nothing of it is shown', () => {
    const summary = (index: number, delta: string) => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index: index,
      delta,
    });
    const steps = read(
      added(0, { type: 'reasoning', summary: [], encrypted_content: 'early' }),
      summary(0, 'One'),
      summary(1, 'Two'),
      done(0, { type: 'reasoning', summary: [{ text: 'One' }, { text: 'Two' }], encrypted_content: 'e' }),
      done(1, { type: 'reasoning', summary: [], encrypted_content: 'f' }),
      completed(),
    );
    expect(steps.slice(1, -1)).toEqual([
      { kind: 'thinking', text: 'One' },
      { kind: 'thinking', text: '\n\n' },
      { kind: 'thinking', text: 'Two' },
      { kind: 'thinking_proof', proof: 'e', redacted: false },
      { kind: 'thinking_proof', proof: 'f', redacted: true },
    ]);
  });

  it('takes from finished items, and from the last event, what no delta said', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' };
    expect(saidBy(read(done(0, message), done(1, call), completed({ output: [message, call] })))).toMatchObject({
      text: 'Hi',
      calls: [{ id: 'c', name: 'f', input: '{"a":1}' }],
    });
    expect(saidBy(read(completed({ output: [message, call] })))).toMatchObject({ text: 'Hi', stop: 'tool_calls' });
    const half = { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a"' };
    expect(saidBy(read(added(0, { ...call, arguments: '' }), half, done(0, call), completed())).calls[0]?.input).toBe('{"a":1}');
  });

  it('gives items that come mixed one behind the other', () => {
    const text = (output_index: number, delta: string) => ({
      type: 'response.output_text.delta',
      output_index,
      content_index: 0,
      delta,
    });
    const message = (said: string) => ({ type: 'message', content: [{ type: 'output_text', text: said }] });
    const said = saidBy(
      read(text(0, 'a'), text(1, 'x'), text(0, 'b'), text(1, 'y'), done(1, message('xy')), done(0, message('ab')), completed()),
    );
    expect(said.text).toBe('abxy');
  });

  it('reads how an answer ended', () => {
    const ended = (type: string, response: object) => saidBy(read({ type: `response.${type}`, response }));
    expect(ended('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }).stop).toBe('length');
    expect(ended('incomplete', { incomplete_details: { reason: 'content_filter' } }).stop).toBe('content_filter');
    expect(ended('failed', { error: { code: 'rate_limit_exceeded', message: 'no' } })).toMatchObject({
      stop: null,
      error: { type: 'rate_limit_exceeded', message: 'no' },
    });
    expect(saidBy(read({ type: 'error', code: 'server_error', message: 'no' })).error).toEqual({
      type: 'server_error',
      message: 'no',
    });
    expect(saidBy(read(added(0, { type: 'message' }))).stop).toBeNull();
  });
});
