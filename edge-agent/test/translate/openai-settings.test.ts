import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/translate/translation.ts';
import { answered, bodyOf, sse, toAnthropic, toChat, toGemini, toResponses } from './openai-pairs.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const chat = (more: JsonObject): JsonObject => ({ model: 'm', messages, ...more });
const tool = (name: string): JsonObject => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
});
const two = [tool('a'), tool('b')];

describe('the settings of a chat request', () => {
  it('say how much to think, in the words of OpenAI and of its vendors', () => {
    for (const wish of [{ reasoning_effort: 'high' }, { reasoning: { effort: 'high' } }]) {
      expect(bodyOf(toAnthropic, chat(wish))).toMatchObject({
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
      });
      expect(bodyOf(toGemini, chat(wish)).generationConfig.thinkingConfig.thinkingLevel).toBe('HIGH');
      expect(bodyOf(toResponses, chat(wish)).reasoning).toEqual({ effort: 'high' });
    }
    for (const wish of [{ thinking: { type: 'disabled' } }, { enable_thinking: false }, { reasoning_effort: 'none' }]) {
      expect(bodyOf(toAnthropic, chat(wish)).thinking).toEqual({ type: 'disabled' });
    }
    const budget = { thinking: { type: 'enabled', budget_tokens: 3000 } };
    expect(bodyOf(toAnthropic, chat(budget), 'claude-sonnet-4-5').thinking).toEqual({ type: 'enabled', budget_tokens: 3000 });
  });

  it('say which tools may be called', () => {
    const allowed = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
    };
    const some = chat({ tools: two, tool_choice: allowed });
    expect(bodyOf(toAnthropic, some)).toMatchObject({ tools: [{ name: 'b' }], tool_choice: { type: 'any' } });
    expect(bodyOf(toGemini, some)).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'b' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    });
    expect(bodyOf(toResponses, some)).toMatchObject({
      tools: [{ name: 'a' }, { name: 'b' }],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'b' }] },
    });
    expect(bodyOf(toAnthropic, chat({ tools: two, tool_choice: 'none' })).tool_choice).toEqual({ type: 'none' });
    const legacy = chat({ functions: [{ name: 'a' }], function_call: { name: 'a' } });
    expect(bodyOf(toAnthropic, legacy)).toMatchObject({ tools: [{ name: 'a' }], tool_choice: { type: 'tool', name: 'a' } });
  });

  it('allow one call at a time, also where the upstream cannot be told', () => {
    const one = chat({ tools: two, parallel_tool_calls: false });
    expect(bodyOf(toAnthropic, one).tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(bodyOf(toResponses, one).parallel_tool_calls).toBe(false);
    const parts = [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'b', args: {} } }];
    const answer = Buffer.from(JSON.stringify({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }));
    const calls = (request: JsonObject) => JSON.parse(answered(toGemini, request, [answer])).choices[0].message.tool_calls.length;
    expect([calls(one), calls(chat({ tools: two }))]).toEqual([1, 2]);
  });

  it('end the answer at a stop sequence that Responses cannot be told', () => {
    const request = chat({ stop: ['ten'], stream: true });
    expect(bodyOf(toResponses, request).stop).toBeUndefined();
    const delta = (text: string) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: text });
    const done = { type: 'response.completed', response: { status: 'completed', output: [] } };
    const said = answered(toResponses, request, [sse(delta('nine t'), delta('en eleven'), done)]);
    const chunks = said.split('\n\n').filter((line) => line.startsWith('data: {'));
    const texts = chunks.map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? '');
    expect(texts.join('')).toBe('nine ');
    expect(bodyOf(toGemini, chat({ stop: 'x' })).generationConfig.stopSequences).toEqual(['x']);
    expect(bodyOf(toGemini, chat({ stop: ['1', '2', '3', '4', '5', '6'] })).generationConfig).toBeUndefined();
  });

  it('ask for a web search where there is one', () => {
    const place = { type: 'approximate', approximate: { city: 'Rome' } };
    expect(bodyOf(toAnthropic, chat({ web_search_options: {} })).tools[0].type).toMatch(/^web_search/);
    expect(bodyOf(toGemini, chat({ web_search_options: {} })).tools).toEqual([{ googleSearch: {} }]);
    expect(bodyOf(toResponses, chat({ web_search_options: { search_context_size: 'low', user_location: place } })).tools).toEqual(
      [{ type: 'web_search', search_context_size: 'low', user_location: { type: 'approximate', city: 'Rome' } }],
    );
    const back = { type: 'web_search', user_location: { type: 'approximate', city: 'Rome' } };
    expect(bodyOf(toChat, { model: 'm', input: 'Hi', tools: [back] }).web_search_options).toEqual({ user_location: place });
  });

  it('keep files, pictures and their addresses', () => {
    const content = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
    ];
    const request = { model: 'm', messages: [{ role: 'user', content }] };
    expect(bodyOf(toAnthropic, request).messages[0].content).toMatchObject([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' }, title: 'a.pdf' },
    ]);
    expect(bodyOf(toGemini, request).contents[0].parts).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { inlineData: { mimeType: 'application/pdf', data: 'BBBB' } },
    ]);
    expect(bodyOf(toResponses, request).input[0].content).toEqual([
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
    ]);
  });

  it('keep the marks of what Anthropic may cache', () => {
    const cache_control = { type: 'ephemeral' };
    const picture = { type: 'image_url', image_url: { url: 'https://x.test/a.png' }, cache_control };
    const request = { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control }, picture] }] };
    expect(bodyOf(toAnthropic, request).messages[0].content).toMatchObject([{ cache_control }, { cache_control }]);
    expect(JSON.stringify([bodyOf(toGemini, request), bodyOf(toResponses, request)])).not.toContain('cache_control');
  });

  it('keep instructions in their place', () => {
    const said = [
      { role: 'developer', content: 'One.' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Two.' },
    ];
    const request = { model: 'm', messages: said };
    expect(bodyOf(toAnthropic, request)).toMatchObject({
      system: [{ text: 'One.' }],
      messages: [{ content: [{ text: 'Hi' }, { text: 'Two.' }] }],
    });
    expect(bodyOf(toResponses, request).input).toEqual(said.map((message) => ({ type: 'message', ...message })));
    expect(bodyOf(toChat, { model: 'm', instructions: 'Zero.', input: said }).messages).toEqual([
      { role: 'system', content: 'Zero.' },
      { role: 'system', content: 'One.' },
      said[1],
      said[2],
    ]);
  });

  it('ask a chat upstream for usage, which a Responses caller always gets', () => {
    const request = { model: 'm', input: 'Hi', stream: true, text: { format: { type: 'json_object' } } };
    expect(bodyOf(toChat, request)).toMatchObject({
      stream_options: { include_usage: true },
      response_format: { type: 'json_object' },
    });
  });
});
