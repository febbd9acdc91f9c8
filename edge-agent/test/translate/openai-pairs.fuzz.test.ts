import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/translate/translation.ts';
import { canonicalOf } from './canonical.ts';
import { answered, ask, openaiPairs, toChat } from './openai-pairs.ts';

const text = fc.string({ maxLength: 12 });
const any = fc.jsonValue({ maxDepth: 3 });

/** A member may always be something else than it ought to be. */
const or = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: one }, { weight: 1, arbitrary: any });

const part = fc.oneof(
  fc.record({ type: fc.constantFrom('text', 'input_text', 'output_text'), text: or(text) }),
  fc.record({
    type: fc.constant('image_url'),
    image_url: or(fc.record({ url: or(fc.constantFrom('data:image/png;base64,AA', 'https://x/y')) })),
  }),
  fc.record({ type: fc.constant('input_image'), image_url: or(text) }),
  fc.record({ type: fc.constant('file'), file: or(fc.record({ file_data: or(text), filename: or(text) })) }),
);
const content = or(fc.oneof(text, fc.array(or(part), { maxLength: 3 })));
const call = or(
  fc.record({ id: or(text), type: fc.constant('function'), function: or(fc.record({ name: or(text), arguments: or(text) })) }),
);
const message = fc.record(
  {
    role: or(fc.constantFrom('user', 'assistant', 'tool', 'system', 'developer', 'function')),
    content,
    tool_calls: or(fc.array(call, { maxLength: 2 })),
    tool_call_id: or(text),
    reasoning_details: or(
      fc.array(or(fc.record({ type: text, signature: fc.constant('~acp1.gemini.eA'), text: or(text) })), { maxLength: 2 }),
    ),
    function_call: or(fc.constant(undefined)),
  },
  { requiredKeys: ['role'] },
);
const item = fc.oneof(
  fc.record({ type: fc.constant('message'), role: or(fc.constantFrom('user', 'assistant', 'developer')), content }),
  fc.record({
    type: fc.constantFrom('function_call', 'custom_tool_call'),
    call_id: or(text),
    name: or(text),
    arguments: or(text),
    input: or(text),
  }),
  fc.record({ type: fc.constantFrom('function_call_output', 'custom_tool_call_output'), call_id: or(text), output: content }),
  fc.record({
    type: fc.constant('reasoning'),
    summary: or(fc.array(or(fc.record({ text: or(text) })))),
    encrypted_content: or(text),
  }),
);
const tool = or(
  fc.record({
    type: or(fc.constantFrom('function', 'custom', 'namespace', 'web_search')),
    name: or(text),
    function: or(fc.record({ name: or(text), parameters: any })),
    tools: or(fc.array(any)),
  }),
);
const settings = {
  tools: or(fc.array(tool, { maxLength: 3 })),
  tool_choice: or(fc.constantFrom('auto', 'none', 'required')),
  response_format: any,
  text: any,
  reasoning: any,
  stop: or(text),
  max_completion_tokens: any,
  max_output_tokens: any,
  stream: or(fc.boolean()),
};
const chat = fc.record({ messages: or(fc.array(or(message), { maxLength: 5 })), ...settings }, { requiredKeys: ['messages'] });
const responses = fc.record(
  { input: or(fc.oneof(text, fc.array(or(item), { maxLength: 6 }))), ...settings },
  { requiredKeys: ['input'] },
);

describe.each(openaiPairs.map((pair) => [`${pair.from} to ${pair.to}`, pair] as const))('%s', (_name, pair) => {
  it('translates or refuses whatever a client sends, and never throws', () => {
    const request = pair === toChat ? responses : chat;
    fc.assert(
      fc.property(request, (body) => {
        const asked = ask(pair, JSON.parse(JSON.stringify(body)) as JsonObject);
        if (asked.ok) expect(JSON.parse(JSON.stringify(asked.request.body))).toBeTypeOf('object');
        else expect(asked.refusal).toMatchObject({ code: 'not_translatable' });
      }),
      { numRuns: 1500 },
    );
  });

  it('says the same of an answer wherever it is cut', () => {
    const folder = new URL(`../../src/dialects/${pair.to}/__fixtures__/`, import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith('.sse') || name.endsWith('.body'));
    for (const name of names) {
      const body = readFileSync(new URL(name, folder));
      for (const stream of [true, false]) {
        const whole = answered(pair, { stream }, [body]);
        canonicalOf(pair.from, whole, stream);
        for (const size of [1, 7, 100]) {
          const count = Math.ceil(body.length / size);
          const chunks = Array.from({ length: count }, (_, at) => body.subarray(at * size, (at + 1) * size));
          expect(answered(pair, { stream }, chunks), name).toBe(whole);
        }
      }
    }
  });

  it('says something that its caller can read, whatever the upstream sends and wherever it is cut', () => {
    const line = fc.oneof(
      any.map((value) => `data: ${JSON.stringify(value)}\n\n`),
      fc.constantFrom(
        'data: {"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1}}}\n\n',
        'data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}\n\n',
        'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}\n\n',
        'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
        'data: {"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP"}]}\n\n',
        'data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}\n\n',
        'data: {"type":"response.completed","response":{"status":"completed","output":[]}}\n\n',
        'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
        'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}}]}\n\n',
        'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n',
        'data: [DONE]\n\n',
        'rubbish\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 5 }), fc.boolean(), (lines, at, stream) => {
        const body = Buffer.from(lines.join(''));
        const stops = [...new Set(at.map((stop) => stop % (body.length + 1)))].sort((a, b) => a - b);
        const chunks = [...stops, body.length].map((stop, place) => body.subarray(place === 0 ? 0 : stops[place - 1], stop));
        const whole = answered(pair, { stream }, [body]);
        expect(answered(pair, { stream }, chunks)).toBe(whole);
        canonicalOf(pair.from, whole, stream);
      }),
      { numRuns: 500 },
    );
  });
});
