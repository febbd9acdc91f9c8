import { describe, expect, it } from 'vitest';
import { saidBy, stepsOf } from '../test/said.ts';
import { readOpenaiChat } from './openai-chat.ts';

const sse = (...deltas: object[]): Buffer =>
  Buffer.from(
    deltas.map((delta) => `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta }] })}\n\n`).join(''),
  );
const last = (finish_reason: string): Buffer =>
  Buffer.from(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"${finish_reason}"}]}\n\n`);
const done = Buffer.from('data: [DONE]\n\n');
const piece = (index: number | undefined, args: string, id?: string, name?: string) => ({
  tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }],
});
const read = (...bodies: Buffer[]) => stepsOf(readOpenaiChat(true), Buffer.concat(bodies));
const callsOf = (...bodies: Buffer[]) => saidBy(read(...bodies)).calls.map(({ id, name, input }) => [id, name, input]);

describe('readOpenaiChat', () => {
  it('gives calls that come mixed one behind the other', () => {
    const steps = read(
      sse(piece(0, '', 'a', 'f'), piece(1, '', 'b', 'g'), piece(1, '{"y"'), piece(0, '{"x":'), piece(0, '1}'), piece(1, ':2}')),
      last('tool_calls'),
      done,
    );
    expect(steps.slice(1)).toEqual([
      { kind: 'tool_begin', id: 'a', name: 'f', proof: null, freeform: false },
      { kind: 'tool_input', text: '{"x":' },
      { kind: 'tool_input', text: '1}' },
      { kind: 'tool_end' },
      { kind: 'tool_begin', id: 'b', name: 'g', proof: null, freeform: false },
      { kind: 'tool_input', text: '{"y"' },
      { kind: 'tool_input', text: ':2}' },
      { kind: 'tool_end' },
      { kind: 'stop', meaning: 'tool_calls', sequence: null },
    ]);
  });

  it('lets the first call leave while it comes, and the next as soon as it is whole', () => {
    const reader = readOpenaiChat(true);
    const kinds = (delta: object) => reader.push(sse(delta)).map(({ kind }) => kind);
    expect(kinds(piece(0, '{"a"', 'a', 'f'))).toEqual(['begin', 'tool_begin', 'tool_input']);
    expect(kinds(piece(0, ':{}}'))).toEqual(['tool_input', 'tool_end']);
    expect(kinds(piece(1, '{', 'b', 'g'))).toEqual(['tool_begin', 'tool_input']);
  });

  it('tells calls apart for vendors that do not count them', () => {
    const one = piece(0, '{"a":1}', 'a', 'f');
    const two = piece(0, '{"b":1}', 'b', 'f');
    const both = [
      ['a', 'f', '{"a":1}'],
      ['b', 'f', '{"b":1}'],
    ];
    expect(callsOf(sse(one, two), last('stop'))).toEqual(both);
    const uncounted = [piece(undefined, '{"a"', 'a', 'f'), piece(undefined, ':1}'), piece(undefined, '{"b":1}', 'b', 'f')];
    expect(callsOf(sse(...uncounted), last('stop'))).toEqual(both);
  });

  it('passes over ids and names said again, and arguments sent once more as a whole', () => {
    const pieces = [piece(0, '{"a', 'a', 'f'), piece(0, '":1}', 'a', 'f'), piece(0, '{"a":1}', 'a', 'f')];
    expect(callsOf(sse(...pieces), last('tool_calls'))).toEqual([['a', 'f', '{"a":1}']]);
  });

  it('reads calls without arguments, with their object in place of text, and the older way of calling', () => {
    expect(callsOf(sse(piece(0, '', 'a', 'f'), piece(1, '', 'b', 'g')), last('tool_calls'))).toEqual([
      ['a', 'f', ''],
      ['b', 'g', ''],
    ]);
    const object = { tool_calls: [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }] };
    expect(callsOf(sse(object), last('tool_calls'))).toEqual([['a', 'f', '{"x":1}']]);
    const legacy = [{ function_call: { name: 'f', arguments: '{' } }, { function_call: { arguments: '}' } }];
    expect(callsOf(sse(...legacy), last('function_call'))).toEqual([[null, 'f', '{}']]);
  });

  it('reads custom calls as plain text', () => {
    const said = saidBy(
      read(
        sse(
          { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT {}' } }] },
          {
            tool_calls: [{ index: 0, custom: { input: ' FROM t' } }],
          },
        ),
        last('tool_calls'),
      ),
    );
    expect(said.calls).toEqual([{ id: 'a', name: 'sql', input: 'SELECT {} FROM t', freeform: true }]);
  });

  it('keeps the proofs of reasoning_details for their own provider', () => {
    const detail = (more: object) => ({ reasoning_details: [{ type: 'reasoning.text', index: 0, ...more }] });
    const steps = read(
      sse(
        { reasoning: 'Hm', ...detail({ text: 'Hm' }) },
        { reasoning: '.', ...detail({ text: '.' }) },
        detail({ signature: 's1' }),
        {
          content: 'Yes',
        },
      ),
      last('stop'),
    );
    expect(steps.slice(1, 5)).toEqual([
      { kind: 'thinking', text: 'Hm' },
      { kind: 'thinking', text: '.' },
      { kind: 'thinking_proof', proof: '[{"type":"reasoning.text","index":0,"text":"Hm.","signature":"s1"}]', redacted: false },
      { kind: 'text', text: 'Yes' },
    ]);
    const sealed = saidBy(
      read(sse({ content: 'a' }, { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }), last('stop')),
    );
    expect(sealed.proofs).toEqual(['[{"type":"reasoning.encrypted","data":"x"}]']);
  });

  it('says usage before the stop, wherever the vendor puts it', () => {
    const usage = Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n');
    const kinds = read(sse({ content: 'a' }), last('length'), usage, done).map(({ kind }) => kind);
    expect(kinds).toEqual(['begin', 'text', 'usage', 'stop']);
  });

  it('holds no stop where the answer broke off, and one where only [DONE] is missing', () => {
    expect(saidBy(read(sse({ content: 'a' }))).stop).toBeNull();
    expect(saidBy(read(sse({ content: 'a' }), last('content_filter'))).stop).toBe('content_filter');
    expect(saidBy(read(sse({ content: 'a' }), done)).stop).toBe('stop');
    expect(saidBy(read(done)).stop).toBeNull();
  });

  it('gives up on an answer that mixes more calls than anybody makes', () => {
    const many = Array.from({ length: 5000 }, (_, index) => piece(index, '{', `c${index}`, 'f'));
    expect(saidBy(read(sse(...many), last('tool_calls'), done)).error?.type).toBe('upstream_rubbish');
  });

  it('reads an error where a vendor only says that there was one', () => {
    expect(saidBy(read(sse({ content: 'a' }), last('error'), done))).toMatchObject({
      stop: null,
      error: { type: 'server_error' },
    });
  });

  it('reads errors in every place where vendors put them', () => {
    const errors = [
      '{"error":{"type":"tokens","code":"rate_limit_exceeded","message":"no"}}',
      '{"object":"error","type":"rate_limit_exceeded","message":"no"}',
      '{"choices":[{"index":0,"delta":{},"error":{"type":"rate_limit_exceeded","message":"no"}}]}',
    ];
    for (const error of errors) {
      expect(saidBy(read(Buffer.from(`data: ${error}\n\n`))).error).toEqual({ type: 'rate_limit_exceeded', message: 'no' });
    }
  });

  it('reads parts of Mistral and pictures of OpenRouter', () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
    const images = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
    const body = { choices: [{ message: { content: [thinking, { type: 'text', text: 'Yes' }], images } }] };
    const steps = stepsOf(readOpenaiChat(false), Buffer.from(JSON.stringify(body)));
    expect(steps.slice(1)).toEqual([
      { kind: 'thinking', text: 'Hm' },
      { kind: 'text', text: 'Yes' },
      { kind: 'image', mimeType: 'image/png', base64: 'AAAA' },
      { kind: 'stop', meaning: 'stop', sequence: null },
    ]);
  });
});
