import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { readAffinity } from './read-affinity.ts';
import { RequestHints } from './request-hints.ts';

const featuresOf = (dialect: Dialect, request: unknown) =>
  [...new RequestHints(dialect, Buffer.from(typeof request === 'string' ? request : JSON.stringify(request))).features].sort();
const ask = { role: 'user', content: 'hello "image" {"type":"image"}' };

describe('the features of a request', () => {
  it('are none where nothing special is asked for, whatever the text says', () => {
    expect(featuresOf('anthropic-messages', { messages: [ask], tools: [], thinking: { type: 'disabled' } })).toEqual([]);
    expect(featuresOf('openai-chat', { messages: [ask], reasoning_effort: 'none' })).toEqual([]);
    expect(featuresOf('gemini', { contents: [{ parts: [{ text: 'x' }] }] })).toEqual([]);
  });

  it.each<[Dialect, object]>([
    ['anthropic-messages', { tools: [{ name: 'image' }], messages: [ask] }],
    ['openai-chat', { tools: [{ type: 'function', function: { name: 'web_search_docs' } }] }],
    ['openai-chat', { functions: [{ name: 'f' }] }],
    ['openai-responses', { input: [{ type: 'additional_tools', tools: [{ type: 'namespace' }] }] }],
    ['gemini', { tools: [{ functionDeclarations: [{ name: 'f' }] }] }],
  ])('see the tools of %s', (dialect, request) => {
    expect(featuresOf(dialect, request)).toEqual(['tools']);
  });

  it.each<[Dialect, object]>([
    ['anthropic-messages', { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] }],
    ['anthropic-messages', { messages: [{ content: [{ type: 'tool_result', content: [{ type: 'image' }] }] }] }],
    ['openai-chat', { messages: [{ content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
    ['openai-responses', { input: [{ role: 'user', content: [{ type: 'input_image' }] }] }],
    ['openai-responses', { input: [{ type: 'function_call_output', output: [{ type: 'input_image' }] }] }],
    ['gemini', { contents: [{ parts: [{ inline_data: { mime_type: 'image/png' } }] }] }],
    ['gemini', { contents: { parts: [{ fileData: { fileUri: 'x' } }] } }],
  ])('see the pictures of %s', (dialect, request) => {
    expect(featuresOf(dialect, request)).toEqual(['vision']);
  });

  it('see web searches that the provider runs, and thinking', () => {
    const search = (dialect: Dialect, tool: object) => featuresOf(dialect, { tools: [tool] });
    expect(search('anthropic-messages', { type: 'web_search_20250305' })).toEqual(['tools', 'web_search']);
    expect(search('gemini', { googleSearch: {} })).toEqual(['tools', 'web_search']);
    const brought = { input: [{ type: 'additional_tools', tools: [{ type: 'web_search' }] }] };
    expect(featuresOf('openai-responses', brought)).toEqual(['tools', 'web_search']);
    expect(featuresOf('openai-chat', { web_search_options: {} })).toEqual(['web_search']);
    expect(featuresOf('anthropic-messages', { thinking: { type: 'adaptive' } })).toEqual(['thinking']);
    expect(featuresOf('openai-responses', { reasoning: { effort: 'low' } })).toEqual(['thinking']);
    expect(featuresOf('gemini', { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } })).toEqual(['thinking']);
    expect(featuresOf('gemini', { generation_config: { thinking_config: { thinking_budget: 0 } } })).toEqual([]);
  });

  it('may be anything where the body cannot be read', () => {
    for (const body of ['', '[]', '{"tools":', 'null']) expect(featuresOf('openai-chat', body)).toHaveLength(4);
  });

  it('may be a picture below the depth that anybody reads', () => {
    const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);
    expect(featuresOf('openai-chat', { messages: nested(20) })).toEqual(['vision']);
  });
});

describe('the name of a conversation', () => {
  const affinity = (dialect: Dialect, request: unknown) => readAffinity(dialect, Buffer.from(JSON.stringify(request)));

  it('is what each client puts into its body', () => {
    expect(affinity('anthropic-messages', { metadata: { user_id: 'u' }, messages: [] })).toBe('"u"');
    expect(affinity('openai-responses', { input: [], previous_response_id: 'r', prompt_cache_key: 'p' })).toBe('"p"');
    expect(affinity('openai-responses', { previous_response_id: 'r', prompt_cache_key: null })).toBe('"r"');
    expect(affinity('gemini', { cachedContent: 'cachedContents/1' })).toBe('"cachedContents/1"');
  });

  it('is absent where nothing, or nothing readable, stands there', () => {
    expect(affinity('anthropic-messages', { metadata: {} })).toBeNull();
    expect(affinity('anthropic-messages', { metadata: 'x' })).toBeNull();
    expect(affinity('openai-chat', { prompt_cache_key: '' })).toBeNull();
    expect(readAffinity('openai-chat', Buffer.from('{"prompt_cache_key":"a","prompt_cache_key":"b"}'))).toBeNull();
  });
});
