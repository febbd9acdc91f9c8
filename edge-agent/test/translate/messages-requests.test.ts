import { describe, expect, it } from 'vitest';
import { ask, bodyOf, messagesPairs, refusalOf, toChat, toGemini, toResponses } from './messages-pairs.ts';

const user = { role: 'user', content: 'hello' };
const schema = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const read = { name: 'Read', description: 'Reads', input_schema: schema };
const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, title: 'a.pdf' };

const history = [
  user,
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { path: 'a' } },
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'toolu_1', is_error: true, content: [{ type: 'text', text: 'gone' }, png] },
      { type: 'text', text: 'and now?' },
    ],
  },
];

describe('requests of Messages callers', () => {
  it('put results of tools, their pictures and their failure where Chat takes them', () => {
    const { messages } = bodyOf(toChat, { messages: history, tools: [read], system: [{ type: 'text', text: 'Be brief' }] });
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'hello' },
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [{ id: 'toolu_1', type: 'function', function: { name: 'Read', arguments: '{"path":"a"}' } }],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'Error: gone' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of tool call toolu_1:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'text', text: 'and now?' },
        ],
      },
    ]);
  });

  it('put them into the output of a Responses call', () => {
    const { input } = bodyOf(toResponses, { messages: history, tools: [read] });
    expect(input[2]).toEqual({ type: 'function_call', call_id: 'toolu_1', name: 'Read', arguments: '{"path":"a"}' });
    expect(input[3]).toEqual({
      type: 'function_call_output',
      call_id: 'toolu_1',
      output: [
        { type: 'input_text', text: 'Error: gone' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
      ],
    });
  });

  it('name the function of a result for Gemini, and tell failure from success', () => {
    const { contents } = bodyOf(toGemini, { messages: history, tools: [read] });
    expect(contents[1].parts[1]).toEqual({
      functionCall: { id: 'toolu_1', name: 'Read', args: { path: 'a' } },
      thoughtSignature: 'skip_thought_signature_validator',
    });
    expect(contents[2].parts[0]).toEqual({ functionResponse: { id: 'toolu_1', name: 'Read', response: { error: 'gone' } } });
    expect(contents[2].parts[2]).toEqual({ inlineData: { mimeType: 'image/png', data: 'AAAA' } });
  });

  it('keep documents', () => {
    const messages = [{ role: 'user', content: [pdf] }];
    expect(bodyOf(toChat, { messages }).messages[0].content[0].file.file_data).toBe('data:application/pdf;base64,JVBE');
    expect(bodyOf(toResponses, { messages }).input[0].content[0].filename).toBe('a.pdf');
    expect(bodyOf(toGemini, { messages }).contents[0].parts[0].inlineData.mimeType).toBe('application/pdf');
  });

  it('say in each format how tools may be chosen', () => {
    const asked = (tool_choice: object) => ({ messages: [user], tools: [read], tool_choice: { ...tool_choice } });
    expect(bodyOf(toChat, asked({ type: 'any', disable_parallel_tool_use: true }))).toMatchObject({
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    expect(bodyOf(toChat, asked({ type: 'none' })).tool_choice).toBe('none');
    expect(bodyOf(toResponses, asked({ type: 'tool', name: 'Read' })).tool_choice).toEqual({ type: 'function', name: 'Read' });
    expect(bodyOf(toGemini, asked({ type: 'tool', name: 'Read' })).toolConfig.functionCallingConfig).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['Read'],
    });
  });

  it('say how much to think, as the model of the upstream takes it', () => {
    const asked = { messages: [user], thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } };
    expect(bodyOf(toChat, asked, 'gpt-5-nano').reasoning_effort).toBe('medium');
    expect(bodyOf(toChat, asked, 'gpt-4o').reasoning_effort).toBeUndefined();
    expect(bodyOf(toResponses, asked, 'gpt-5')).toMatchObject({ reasoning: { effort: 'medium', summary: 'auto' }, store: false });
    expect(bodyOf(toGemini, asked).generationConfig.thinkingConfig).toEqual({ includeThoughts: true, thinkingLevel: 'MEDIUM' });
    const budget = { messages: [user], thinking: { type: 'enabled', budget_tokens: 31_999 } };
    expect(bodyOf(toGemini, budget, 'gemini-2.5-flash').generationConfig.thinkingConfig.thinkingBudget).toBe(24_576);
  });

  it('cap an output limit that the model would refuse', () => {
    expect(bodyOf(toGemini, { messages: [user], max_tokens: 128_000 }).generationConfig.maxOutputTokens).toBe(65_536);
    expect(bodyOf(toChat, { messages: [user], max_tokens: 128_000 }, 'gpt-4o').max_completion_tokens).toBe(16_384);
    expect(bodyOf(toResponses, { messages: [user], max_tokens: 1 }).max_output_tokens).toBe(16);
  });

  it('take web search where the upstream has it', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 8 };
    expect(bodyOf(toGemini, { messages: [user], tools: [search] }).tools).toEqual([{ googleSearch: {} }]);
    const named = { ...search, allowed_domains: ['a.org'] };
    expect(bodyOf(toResponses, { messages: [user], tools: [named] }).tools).toEqual([
      { type: 'web_search', filters: { allowed_domains: ['a.org'] } },
    ]);
  });

  it('leave out hints of Claude Code, its billing line among them', () => {
    const body = {
      messages: [user, { role: 'system', content: 'env' }],
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc' },
        { type: 'text', text: 'Be brief' },
      ],
      metadata: { user_id: 'u' },
      context_management: { edits: [] },
      safeguards: [{}],
      tools: [{ ...read, defer_loading: true, cache_control: { type: 'ephemeral' } }],
    };
    for (const pair of messagesPairs) {
      const text = JSON.stringify(bodyOf(pair, body));
      expect(text).not.toMatch(/billing|user_id|safeguards|cache_control|defer_loading/);
      expect(text).toContain('env');
    }
  });

  it('count tokens where the upstream does', () => {
    const body = { messages: [user], tools: [] };
    const gemini = ask(toGemini, body, 'gemini-3-pro', 'count_tokens');
    expect(gemini).toMatchObject({ ok: true, request: { nativePath: '/v1beta/models/gemini-3-pro:countTokens' } });
    const responses = ask(toResponses, body, 'gpt-5', 'count_tokens');
    expect(responses).toMatchObject({ ok: true, request: { nativePath: '/v1/responses/input_tokens' } });
    expect(refusalOf(ask(toChat, body, 'gpt-5', 'count_tokens'))).toMatch(/not_translatable: Counting tokens/);
  });
});

describe('what no other format can say is refused by name', () => {
  const file = { type: 'image', source: { type: 'file', file_id: 'f' } };
  const citations = { enabled: true };
  const cited = { type: 'document', citations, source: { type: 'text', media_type: 'text/plain', data: 'Rome is old.' } };
  const found = { type: 'search_result', citations, source: 's', title: 't', content: [{ type: 'text', text: 'x' }] };
  const cases: readonly (readonly [string, object])[] = [
    ['Citations of a block of type "document"', { messages: [{ role: 'user', content: [cited] }] }],
    ['Citations of a block of type "search_result"', { messages: [{ role: 'user', content: [found] }] }],
    ['bash_20250124', { messages: [user], tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    ['container', { messages: [user], container: 'c_1' }],
    ['mcp_servers', { messages: [user], mcp_servers: [{ url: 'x' }] }],
    ['some_new_field', { messages: [user], some_new_field: 1 }],
    ['source of type "file"', { messages: [{ role: 'user', content: [file] }] }],
    ['code_execution_tool_result', { messages: [{ role: 'assistant', content: [{ type: 'code_execution_tool_result' }] }] }],
  ];
  it.each(cases)('%s', (feature, body) => {
    for (const pair of messagesPairs) {
      const said = refusalOf(ask(pair, { ...body }));
      expect(said).toMatch(/^not_translatable: /);
      expect(said).toContain(feature);
    }
  });

  it('and never dropped where only one of them cannot', () => {
    const tools = [{ type: 'web_search_20250305', name: 'web_search', blocked_domains: ['a.org'] }];
    expect(refusalOf(ask(toGemini, { messages: [user], tools }))).toContain('given domains');
    expect(refusalOf(ask(toResponses, { messages: [user], tools }))).toContain('blocked_domains');
    const both = [{ type: 'web_search_20250305', name: 'web_search' }, read];
    expect(refusalOf(ask(toGemini, { messages: [user], tools: both }))).toContain('beside web search');
  });
});
