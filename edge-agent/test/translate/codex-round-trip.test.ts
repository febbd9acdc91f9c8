import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { findTranslation } from '../../src/translate/table.ts';
import type { JsonObject } from '../../src/translate/translation.ts';
import { framesOf, type Loose } from './canonical.ts';

const endpoint = {
  dialect: 'openai-responses' as const,
  operation: 'generate' as const,
  nativePath: '/v1/responses',
  search: '',
  modelInPath: null,
  streamInPath: null,
};

/** As Codex asks its default model: no `tools`, but an item that holds them in a namespace, one of them freeform. */
const codexTools = {
  type: 'additional_tools',
  role: 'developer',
  tools: [
    {
      type: 'namespace',
      name: 'functions',
      description: 'Tools of the client',
      tools: [
        {
          type: 'custom',
          name: 'exec',
          description: 'Runs JavaScript.',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: js' },
        },
        {
          type: 'function',
          name: 'wait',
          parameters: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
        },
      ],
    },
    { type: 'namespace', name: 'mcp__files', tools: [{ type: 'function', name: 'read.file', parameters: { type: 'object' } }] },
  ],
};

const codexRequest = (input: readonly Loose[]): JsonObject => ({
  model: 'asked',
  instructions: 'You are Codex.',
  input: [codexTools, { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go' }] }, ...input],
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread',
  client_metadata: { a: 'b' },
  text: { verbosity: 'low' },
  reasoning: { effort: 'medium', summary: 'auto' },
  parallel_tool_calls: true,
  tool_choice: 'auto',
});

function pair(to: Dialect) {
  const translation = findTranslation('openai-responses', to);
  if (!translation) throw new Error(to);
  return translation;
}

function ask(to: Dialect, request: JsonObject, model: string): Loose {
  const translated = pair(to).translateRequest({ endpoint, body: request, model, stream: true });
  if (!translated.ok) throw new Error(translated.refusal.message);
  return translated.request.body;
}

function answer(to: Dialect, request: JsonObject, bytes: string): Loose[] {
  const input = { endpoint, request, model: 'asked', stream: true, requestId: 'req_1', nowMs: 0 };
  const translator = pair(to).newAnswer(input);
  let said = '';
  for (const byte of Buffer.from(bytes)) said += translator.push(Buffer.from([byte]));
  return framesOf(said + translator.end('end')).map(({ name, data }) => {
    const event = JSON.parse(data);
    expect(event.type).toBe(name);
    return event;
  });
}

const itemsOf = (events: readonly Loose[]) =>
  events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);

const sse = (...documents: readonly object[]) => documents.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');

function anthropicAnswer(...blocks: readonly { start: object; deltas: readonly object[] }[]): string {
  const events = blocks.flatMap(({ start, deltas }, index) => [
    { type: 'content_block_start', index, content_block: start },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]);
  const message = { id: 'msg_1', model: 'claude', usage: { input_tokens: 1, output_tokens: 1 } };
  const last = { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } };
  return sse({ type: 'message_start', message }, ...events, last, { type: 'message_stop' });
}

const script = 'const a = "ü\\n";\n\tprint(`x`); // 😀';

describe('Codex before Anthropic', () => {
  const bytes = anthropicAnswer(
    {
      start: { type: 'thinking', thinking: '' },
      deltas: [
        { type: 'thinking_delta', thinking: 'hm' },
        { type: 'signature_delta', signature: 'SIG+/=' },
      ],
    },
    { start: { type: 'redacted_thinking', data: 'HIDDEN' }, deltas: [] },
    { start: { type: 'text', text: '' }, deltas: [{ type: 'text_delta', text: 'on it' }] },
    {
      start: { type: 'tool_use', id: 'toolu_1', name: 'functions__exec', input: {} },
      deltas:
        JSON.stringify({ input: script })
          .match(/.{1,3}/gsu)
          ?.map((piece) => ({ type: 'input_json_delta', partial_json: piece })) ?? [],
    },
    {
      start: { type: 'tool_use', id: 'toolu_2', name: 'functions__wait', input: {} },
      deltas: [{ type: 'input_json_delta', partial_json: '{"ms":5}' }],
    },
  );
  const asked = ask('anthropic-messages', codexRequest([]), 'claude-sonnet-5-5');

  it('declares namespaced and freeform tools flat, by names that the API takes', () => {
    expect(asked.tools.map(({ name }: Loose) => name)).toEqual([
      'functions__wait',
      expect.stringMatching(/^mcp__files__read_file_[0-9a-f]{8}$/),
      'functions__exec',
    ]);
    expect(asked.tools[2].input_schema.required).toEqual(['input']);
    expect(asked.tools[2].description).toContain('start: js');
    expect([asked.thinking, asked.output_config]).toEqual([{ type: 'adaptive', display: 'summarized' }, { effort: 'medium' }]);
  });

  it('gives calls back in their namespaces, freeform input as it streams', () => {
    const events = answer('anthropic-messages', codexRequest([]), bytes);
    const [thinking, redacted, message, exec, wait] = itemsOf(events);
    expect([thinking.summary, redacted.summary, message.content[0].text]).toEqual([
      [{ type: 'summary_text', text: 'hm' }],
      [],
      'on it',
    ]);
    expect(exec).toMatchObject({
      type: 'custom_tool_call',
      namespace: 'functions',
      name: 'exec',
      call_id: 'toolu_1',
      input: script,
    });
    expect(wait).toMatchObject({ type: 'function_call', namespace: 'functions', name: 'wait', arguments: '{"ms":5}' });
    const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta').map(({ delta }) => delta);
    expect([deltas.join(''), deltas.length > 5]).toEqual([script, true]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { status: 'completed', output: itemsOf(events) },
    });
  });

  it('takes thinking with its proofs, calls and results back as Anthropic gave them', () => {
    const items = itemsOf(answer('anthropic-messages', codexRequest([]), bytes));
    const results = [
      { type: 'custom_tool_call_output', call_id: 'toolu_1', output: 'done' },
      { type: 'function_call_output', call_id: 'toolu_2', output: [{ type: 'input_text', text: 'waited' }] },
    ];
    const { messages } = ask('anthropic-messages', codexRequest([...items, ...results]), 'claude-sonnet-4-5');
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'SIG+/=' },
          { type: 'redacted_thinking', data: 'HIDDEN' },
          { type: 'text', text: 'on it' },
          { type: 'tool_use', id: 'toolu_1', name: 'functions__exec', input: { input: script } },
          { type: 'tool_use', id: 'toolu_2', name: 'functions__wait', input: { ms: 5 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'done' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'waited', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  it('leaves the thinking of another provider out, and thinks no further where an older model would refuse it', () => {
    const foreign = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'gpt thought' }], encrypted_content: 'gAAAA' };
    const call = { type: 'function_call', namespace: 'functions', name: 'wait', call_id: 'c', arguments: '{"ms":1}' };
    const request = codexRequest([foreign, call, { type: 'function_call_output', call_id: 'c', output: 'ok' }]);
    const old = ask('anthropic-messages', request, 'claude-sonnet-4-5');
    expect(JSON.stringify(old)).not.toContain('gpt thought');
    expect(old.thinking).toBeUndefined();
    expect(ask('anthropic-messages', request, 'claude-opus-4-6').thinking.type).toBe('adaptive');
  });
});

describe('Codex before Gemini', () => {
  const chunk = (parts: readonly object[], more = {}) => ({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  });
  const bytes = sse(
    chunk([{ text: 'pondering', thought: true }]),
    chunk([{ functionCall: { name: 'functions__exec', args: { input: script } }, thoughtSignature: 'c2lnMQ==' }]),
    chunk([{ functionCall: { name: 'functions__wait', args: { ms: 5 } } }]),
    {
      ...chunk([{ text: '' }], { finishReason: 'STOP' }),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
    },
  );

  it('brings the signature of a call back to that call, and results to calls that had no ids', () => {
    const items = itemsOf(answer('gemini', codexRequest([]), bytes));
    expect(items.map(({ type }) => type)).toEqual(['reasoning', 'custom_tool_call', 'function_call']);
    const [, exec, wait] = items;
    expect([exec.input, exec.namespace, new Set([exec.call_id, wait.call_id]).size]).toEqual([script, 'functions', 2]);
    const results = [
      { type: 'custom_tool_call_output', call_id: exec.call_id, output: 'one' },
      { type: 'function_call_output', call_id: wait.call_id, output: 'two' },
    ];
    const { contents } = ask('gemini', codexRequest([...items, ...results]), 'gemini-3-pro-preview');
    const { call_id: execId } = exec;
    const { call_id: waitId } = wait;
    expect(contents.slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { id: execId, name: 'functions__exec', args: { input: script } }, thoughtSignature: 'c2lnMQ==' },
          { functionCall: { id: waitId, name: 'functions__wait', args: { ms: 5 } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: execId, name: 'functions__exec', response: { output: 'one' } } },
          { functionResponse: { id: waitId, name: 'functions__wait', response: { output: 'two' } } },
        ],
      },
    ]);
  });

  it('asks for no second call where the caller forbids it', () => {
    const request = { ...codexRequest([]), parallel_tool_calls: false };
    expect(itemsOf(answer('gemini', request, bytes)).map(({ type }) => type)).toEqual(['reasoning', 'custom_tool_call']);
  });
});

describe('refusals', () => {
  const refusalOf = (request: JsonObject, to: Dialect = 'anthropic-messages') => {
    const translated = pair(to).translateRequest({ endpoint, body: request, model: 'm', stream: true });
    return translated.ok ? null : translated.refusal;
  };

  it('name the feature that cannot be said', () => {
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ input: 'x', previous_response_id: 'resp_1' }, 'stored at OpenAI'],
      [{ input: 'x', background: true }, 'background'],
      [{ input: 'x', tools: [{ type: 'code_interpreter' }] }, 'code_interpreter'],
      [{ input: [{ type: 'item_reference', id: 'x' }] }, 'item_reference'],
      [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] }] }, 'stored at OpenAI'],
      [{ input: 'x', new_field: 1 }, 'new_field'],
      [{ input: 'x', include: ['message.output_text.logprobs'] }, 'Log probabilities'],
      [{ input: 'x', tools: [{ type: 'function', name: 'stock', allowed_callers: ['programmatic'] }] }, 'only code may call'],
      [{ input: 'x', max_output_tokens: 100, reasoning: { effort: 'high' } }, '100 output tokens'],
    ];
    for (const [request, named] of cases) {
      expect(refusalOf(request)).toMatchObject({ code: 'not_translatable', message: expect.stringContaining(named) });
    }
  });
});
