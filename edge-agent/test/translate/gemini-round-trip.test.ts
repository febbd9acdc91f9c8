import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { findTranslation } from '../../src/translate/table.ts';
import type { JsonObject } from '../../src/translate/translation.ts';
import { framesOf, type Loose } from './canonical.ts';

const endpointOf = (verb: string, search: string) => ({
  dialect: 'gemini' as const,
  operation: verb === 'countTokens' ? ('count_tokens' as const) : ('generate' as const),
  nativePath: `/v1beta/models/asked:${verb}`,
  search,
  modelInPath: 'asked',
  streamInPath: verb === 'streamGenerateContent',
});

function pair(to: Dialect) {
  const translation = findTranslation('gemini', to);
  if (!translation) throw new Error(to);
  return translation;
}

function translate(to: Dialect, body: JsonObject, model: string, verb = 'streamGenerateContent') {
  return pair(to).translateRequest({ endpoint: endpointOf(verb, '?alt=sse'), body, model, stream: true });
}

function ask(to: Dialect, body: JsonObject, model: string, verb?: string): Loose {
  const translated = translate(to, body, model, verb);
  if (!translated.ok) throw new Error(translated.refusal.message);
  return translated.request.body;
}

function answer(to: Dialect, request: JsonObject, bytes: string, verb = 'streamGenerateContent', search = '?alt=sse'): string {
  const endpoint = endpointOf(verb, search);
  const input = { endpoint, request, model: 'asked', stream: endpoint.streamInPath, requestId: 'req_1', nowMs: 0 };
  const translator = pair(to).newAnswer(input);
  return translator.push(Buffer.from(bytes)) + translator.end('end');
}

const chunksOf = (said: string): Loose[] => framesOf(said).map(({ data }) => JSON.parse(data));
const partsOf = (chunks: readonly Loose[]): Loose[] => chunks.flatMap(({ candidates }) => candidates[0].content.parts);
const sse = (...documents: readonly object[]) => documents.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');

/** As Gemini CLI asks. */
const cliRequest = (contents: readonly Loose[]): JsonObject => ({
  systemInstruction: { role: 'user', parts: [{ text: 'You are an agent.' }] },
  contents: [{ role: 'user', parts: [{ text: 'go' }] }, ...contents],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'run_shell_command',
          description: 'Runs',
          parametersJsonSchema: { type: 'object', properties: { command: { type: 'string' } } },
        },
        { name: 'mcp.read:file', parameters: { type: 'OBJECT', properties: { path: { type: 'STRING', nullable: true } } } },
      ],
    },
  ],
  generationConfig: { temperature: 1, topP: 0.95, topK: 64, thinkingConfig: { includeThoughts: true, thinkingBudget: 8192 } },
});

const called = (blocks: readonly object[]) => ({
  type: 'message',
  id: 'msg_1',
  model: 'c',
  content: blocks,
  stop_reason: 'tool_use',
  usage: { input_tokens: 5, output_tokens: 9 },
});

const thoughtful = JSON.stringify(
  called([
    { type: 'thinking', thinking: 'hm', signature: 'SIG' },
    { type: 'redacted_thinking', data: 'HIDDEN' },
    { type: 'tool_use', id: 'toolu_1', name: 'run_shell_command', input: { command: 'ls' } },
    { type: 'tool_use', id: 'toolu_2', name: 'mcp_read_file_xxxxxxxx', input: {} },
  ]),
);

describe('Gemini CLI before Anthropic', () => {
  const asked = ask('anthropic-messages', cliRequest([]), 'claude-sonnet-4-5');
  const flat = asked.tools[1].name;
  const bytes = thoughtful.replace('mcp_read_file_xxxxxxxx', flat);

  it('asks with thinking, without sampling beside it, and with names that the API takes', () => {
    expect(asked).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 8192 },
      system: [{ type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } }],
    });
    expect([asked.temperature, asked.top_p, asked.top_k]).toEqual([undefined, undefined, undefined]);
    expect(flat).toMatch(/^mcp_read_file_[0-9a-f]{8}$/);
    expect(asked.tools[1].input_schema).toEqual({ type: 'object', properties: { path: { type: ['string', 'null'] } } });
  });

  it('answers with frames that Gemini CLI reads: one blank line, no event line, the last alone with reason and usage', () => {
    const said = answer('anthropic-messages', cliRequest([]), bytes);
    expect(said.split('\r\n\r\n').every((frame) => frame === '' || (frame.startsWith('data: {') && !frame.includes('\n')))).toBe(
      true,
    );
    const chunks = chunksOf(said);
    expect(chunks.map(({ usageMetadata, candidates }) => [!!usageMetadata, candidates[0].finishReason])).toEqual([
      ...chunks.slice(1).map(() => [false, undefined]),
      [true, 'STOP'],
    ]);
  });

  it('takes thinking back from the signature of the call, though the client forgot the thoughts', () => {
    const parts = partsOf(chunksOf(answer('anthropic-messages', cliRequest([]), bytes)));
    expect(parts[0]).toEqual({ text: 'hm', thought: true });
    const calls = parts.filter((part) => part.functionCall);
    expect(calls[0].thoughtSignature).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(calls.map(({ functionCall }) => functionCall.name)).toEqual(['run_shell_command', 'mcp.read:file']);
    const responses = [
      { functionResponse: { id: 'toolu_2', name: 'mcp.read:file', response: { error: 'no such file' } } },
      { functionResponse: { id: 'toolu_1', name: 'run_shell_command', response: { output: 'a b' } } },
      { text: 'and now?' },
    ];
    const { messages } = ask(
      'anthropic-messages',
      cliRequest([
        { role: 'model', parts: calls },
        { role: 'user', parts: responses },
      ]),
      'claude-sonnet-4-5',
    );
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'SIG' },
          { type: 'redacted_thinking', data: 'HIDDEN' },
          { type: 'tool_use', id: 'toolu_1', name: 'run_shell_command', input: { command: 'ls' } },
          { type: 'tool_use', id: 'toolu_2', name: flat, input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no such file', is_error: true },
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'a b' },
          { type: 'text', text: 'and now?', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  it('matches responses without ids to calls of their name, in order', () => {
    const call = (name: string, n: number) => ({ functionCall: { name, args: { n } } });
    const response = (name: string, output: string) => ({ functionResponse: { name, response: { output } } });
    const contents = [
      { role: 'model', parts: [call('a', 1), call('b', 2), call('a', 3)] },
      { role: 'user', parts: [response('b', 'B'), response('a', 'A1'), response('a', 'A3')] },
    ];
    const { messages } = ask('anthropic-messages', { contents }, 'claude-sonnet-4-5');
    const [a1, b, a3] = messages[0].content.map(({ id }: Loose) => id);
    expect(messages[1].content.map(({ tool_use_id, content }: Loose) => [tool_use_id, content])).toEqual([
      [b, 'B'],
      [a1, 'A1'],
      [a3, 'A3'],
    ]);
    expect(new Set([a1, b, a3]).size).toBe(3);
  });

  it('says an array of chunks without alt=sse, and one body where no stream was asked for', () => {
    const array = JSON.parse(answer('anthropic-messages', cliRequest([]), bytes, 'streamGenerateContent', ''));
    expect(array).toEqual(chunksOf(answer('anthropic-messages', cliRequest([]), bytes)));
    const whole = JSON.parse(answer('anthropic-messages', cliRequest([]), bytes, 'generateContent', ''));
    expect(whole.candidates[0].content.parts.length).toBe(3);
    expect(whole.usageMetadata).toEqual({ promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 });
  });

  it("reads the schema of Gemini CLI's router, which is Gemini's own kind under the name of the other", () => {
    const schema = { type: 'OBJECT', properties: { score: { type: 'INTEGER' } }, required: ['score'] };
    const generationConfig = { responseMimeType: 'application/json', responseJsonSchema: schema };
    expect(
      ask('anthropic-messages', { contents: 'x', generationConfig }, 'claude-sonnet-4-5').output_config.format.schema,
    ).toEqual({
      type: 'object',
      properties: { score: { type: 'integer' } },
      required: ['score'],
      additionalProperties: false,
    });
  });

  it('counts tokens', () => {
    const count = ask(
      'anthropic-messages',
      { generateContentRequest: { model: 'models/asked', ...cliRequest([]) } },
      'claude-sonnet-4-5',
      'countTokens',
    );
    expect([count.max_tokens, count.stream, count.messages.length]).toEqual([undefined, undefined, 1]);
    expect(answer('anthropic-messages', {}, '{"input_tokens":42}', 'countTokens', '')).toBe('{"totalTokens":42}');
  });
});

describe('Gemini CLI before OpenAI', () => {
  it('keeps sealed reasoning beside the call of a Responses upstream', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'SEALED' };
    const call = {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      name: 'run_shell_command',
      arguments: '{"command":"ls"}',
    };
    const response = {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'gpt',
      output: [item, call],
      usage: { input_tokens: 1, output_tokens: 2 },
    };
    const said = answer('openai-responses', cliRequest([]), JSON.stringify(response));
    const calls = partsOf(chunksOf(said)).filter((part) => part.functionCall);
    expect(calls[0].functionCall).toEqual({ id: 'call_1', name: 'run_shell_command', args: { command: 'ls' } });
    const back = ask('openai-responses', cliRequest([{ role: 'model', parts: calls }]), 'gpt-5-mini');
    expect(back.input.slice(1)).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'SEALED' },
      { type: 'function_call', call_id: 'call_1', name: 'run_shell_command', arguments: '{"command":"ls"}' },
    ]);
    expect([back.reasoning, back.store, back.include]).toEqual([
      { effort: 'medium', summary: 'auto' },
      false,
      ['reasoning.encrypted_content'],
    ]);
  });

  it('ends the answer at stop sequences that Responses does not know', () => {
    const request = { contents: 'count', generationConfig: { stopSequences: ['10'] } };
    const deltas = ['8, 9, 1', '0, 11'].map((delta) => ({
      type: 'response.output_text.delta',
      item_id: 'm',
      output_index: 0,
      content_index: 0,
      delta,
    }));
    const added = { type: 'response.output_item.added', output_index: 0, item: { id: 'm', type: 'message', content: [] } };
    const completed = {
      type: 'response.completed',
      response: { status: 'completed', output: [], usage: { input_tokens: 1, output_tokens: 2 } },
    };
    const parts = partsOf(chunksOf(answer('openai-responses', request, sse(added, ...deltas, completed))));
    expect(parts.map(({ text }) => text).join('')).toBe('8, 9, ');
  });

  it('gives pictures that a tool answered with to Chat Completions in the name of the user', () => {
    const picture = { inlineData: { mimeType: 'image/png', data: 'aGk=' } };
    const contents = [
      { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'look', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'c1', name: 'look', response: { output: 'seen' }, parts: [picture] } }] },
    ];
    expect(ask('openai-chat', { contents }, 'gpt-4.1').messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }] },
    ]);
  });
});

describe('refusals', () => {
  it('name the feature that cannot be said', () => {
    const said = (body: JsonObject, to: Dialect, verb?: string) => {
      const translated = translate(to, { contents: 'x', ...body }, 'm', verb);
      return translated.ok ? '' : translated.refusal.message;
    };
    expect(said({ cachedContent: 'cachedContents/1' }, 'openai-chat')).toContain('cachedContent');
    expect(said({ tools: [{ codeExecution: {} }] }, 'anthropic-messages')).toContain('codeExecution');
    expect(said({ tools: [{ url_context: {} }] }, 'openai-responses')).toContain('url_context');
    expect(said({ tools: [{ googleSearch: {} }] }, 'openai-chat')).toContain('web search');
    expect(said({ generationConfig: { candidateCount: 2 } }, 'openai-chat')).toContain('candidate');
    expect(said({ generationConfig: { responseModalities: ['IMAGE'] } }, 'openai-chat')).toContain('responseModalities');
    expect(said({ generationConfig: { presencePenalty: 1 } }, 'openai-responses')).toContain('penalty');
    expect(said({ contents: [{ parts: [{ fileData: { fileUri: 'gs://a/b' } }] }] }, 'anthropic-messages')).toContain(
      'stored at Google',
    );
    expect(said({ contents: [{ parts: [{ executableCode: { code: '1' } }] }] }, 'openai-chat')).toContain('executableCode');
    expect(said({}, 'openai-chat', 'countTokens')).toContain('Counting tokens');
    expect(said({}, 'openai-responses', 'countTokens')).toBe('');
  });
});
