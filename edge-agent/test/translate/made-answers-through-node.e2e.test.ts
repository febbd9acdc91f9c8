import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKey } from '../snapshot.ts';
import { askWithSdk } from './callers.ts';
import { canonicalOf, type Loose } from './canonical.ts';
import { type ForeignProvider, foreignProvider } from './foreign-provider.ts';

interface Made {
  readonly upstream: Dialect;
  readonly what: string;
  /** A list: the events of a stream; else one body. */
  readonly answer: Loose;
  readonly text?: string;
  readonly calls?: readonly (readonly [string, unknown])[];
  readonly stop: string;
  readonly usage: readonly [input: number, output: number];
}

const long = 'ä€😀"\\'.repeat(100_000);
const longJson = JSON.stringify({ text: long });
const messageStart = (usage: Loose) => ({ type: 'message_start', message: { id: 'msg_1', model: 'm', content: [], usage } });
const block = (index: number, content_block: Loose, ...deltas: Loose[]) => [
  { type: 'content_block_start', index, content_block },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
];
const textDelta = (text: string) => ({ type: 'text_delta', text });
const messageDelta = (stop_reason: string, output_tokens: number) => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage: { output_tokens },
});
const chat = (delta: Loose, more: Loose = {}) => ({ id: 'c', choices: [{ index: 0, delta, finish_reason: null, ...more }] });
const piece = (index: number, args: string, id?: string, name?: string) => ({
  tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }],
});
const prompt = { promptTokenCount: 9 };
const searched = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'x' }],
  },
];

const made: readonly Made[] = [
  {
    upstream: 'anthropic-messages',
    what: 'a web search between several texts',
    answer: [
      messageStart({ input_tokens: 5, output_tokens: 1 }),
      ...block(0, { type: 'text', text: '' }, textDelta('I look. ')),
      ...block(1, searched[0], { type: 'input_json_delta', partial_json: '{"query":"x"}' }),
      ...block(2, searched[1]),
      ...block(3, { type: 'text', text: '', citations: [] }, textDelta('Found.')),
      ...block(4, { type: 'text', text: '' }, textDelta(''), textDelta(' Bye')),
      messageDelta('end_turn', 12),
      { type: 'message_stop' },
    ],
    text: 'I look. Found. Bye',
    stop: 'stop',
    usage: [5, 12],
  },
  {
    upstream: 'anthropic-messages',
    what: 'not a word',
    answer: [messageStart({ input_tokens: 5, output_tokens: 0 }), messageDelta('end_turn', 0), { type: 'message_stop' }],
    stop: 'stop',
    usage: [5, 0],
  },
  {
    upstream: 'anthropic-messages',
    what: 'arguments of a megabyte beside another call',
    answer: [
      messageStart({ input_tokens: 5, output_tokens: 1 }),
      ...block(
        0,
        { type: 'tool_use', id: 'toolu_1', name: 'write', input: {} },
        { type: 'input_json_delta', partial_json: longJson },
      ),
      ...block(1, { type: 'tool_use', id: 'toolu_2', name: 'read', input: {} }),
      messageDelta('tool_use', 7),
      { type: 'message_stop' },
    ],
    calls: [
      ['write', { text: long }],
      ['read', {}],
    ],
    stop: 'tool_calls',
    usage: [5, 7],
  },
  {
    upstream: 'openai-chat',
    what: 'calls that come mixed, usage beside the last choice',
    answer: [
      { id: 'c', choices: [], usage: null },
      chat({ role: 'assistant', content: 'Both.' }),
      chat(piece(0, '{"a":', 'c1', 'f')),
      chat(piece(1, '{"b":"', 'c2', 'g')),
      chat(piece(0, '1}')),
      chat(piece(1, 'ü"}')),
      chat({ content: '' }, { finish_reason: 'tool_calls', usage: { prompt_tokens: 5, completion_tokens: 6 } }),
      '[DONE]',
    ],
    text: 'Both.',
    calls: [
      ['f', { a: 1 }],
      ['g', { b: 'ü' }],
    ],
    stop: 'tool_calls',
    usage: [5, 6],
  },
  {
    upstream: 'openai-chat',
    what: 'a filter that stopped it',
    answer: {
      choices: [{ index: 0, message: { content: 'I' }, finish_reason: 'content_filter' }],
      usage: { prompt_tokens: 5, completion_tokens: 1 },
    },
    text: 'I',
    stop: 'content_filter',
    usage: [5, 1],
  },
  {
    upstream: 'openai-responses',
    what: 'a call without arguments, told by its end alone',
    answer: [
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' },
      },
      { type: 'response.completed', response: { status: 'completed', output: [], usage: { input_tokens: 5, output_tokens: 3 } } },
    ],
    calls: [['f', {}]],
    stop: 'tool_calls',
    usage: [5, 3],
  },
  {
    upstream: 'openai-responses',
    what: 'the limit of its length, with nothing said',
    answer: {
      object: 'response',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'reasoning', summary: [] }],
      usage: { input_tokens: 5, output_tokens: 64, output_tokens_details: { reasoning_tokens: 64 } },
    },
    stop: 'length',
    usage: [5, 64],
  },
  {
    upstream: 'gemini',
    what: 'a question that was blocked',
    answer: [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: prompt }],
    stop: 'content_filter',
    usage: [9, 0],
  },
  {
    upstream: 'gemini',
    what: 'a text that was stopped for safety',
    answer: {
      candidates: [{ content: { parts: [{ text: 'I' }] }, finishReason: 'SAFETY' }],
      usageMetadata: { ...prompt, candidatesTokenCount: 1 },
    },
    text: 'I',
    stop: 'content_filter',
    usage: [9, 1],
  },
  {
    upstream: 'gemini',
    what: 'usage behind the end, text in many parts, code that it ran',
    answer: [
      { candidates: [{ content: { parts: [{ text: 'Ä' }, { executableCode: { code: '1', language: 'PYTHON' } }] } }] },
      { candidates: [{ content: { parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } }, { text: 'ß' }] } }] },
      { candidates: [{ finishReason: 'STOP' }] },
      { usageMetadata: { ...prompt, candidatesTokenCount: 2 } },
    ],
    text: 'Äß',
    stop: 'stop',
    usage: [9, 2],
  },
];

const wire = (answer: Loose, upstream: Dialect): string => {
  if (!Array.isArray(answer)) return JSON.stringify(answer);
  const named = upstream === 'anthropic-messages' || upstream === 'openai-responses';
  return answer
    .map((data) => `${named ? `event: ${data.type}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
    .join('');
};

for (const upstream of dialects) {
  describe(`an answer of ${upstream}`, () => {
    let provider: ForeignProvider;
    beforeAll(async () => {
      provider = await foreignProvider(upstream);
    });
    afterAll(() => provider.close());

    const pairs = made
      .filter((one) => one.upstream === upstream)
      .flatMap((one) => dialects.filter((caller) => caller !== upstream).map((caller) => [one.what, caller, one] as const));

    it.each(pairs)('with %s reaches the SDK of %s', async (what, caller, one) => {
      const stream = Array.isArray(one.answer);
      const headers = { 'content-type': stream ? 'text/event-stream' : 'application/json' };
      provider.say({
        status: 200,
        headers,
        body: Buffer.from(wire(one.answer, upstream)),
        seed: what,
        gzip: what.length % 2 === 0,
      });
      const heard = await askWithSdk(caller, provider.node.origin, testKey, stream);
      expect([heard.status, heard.sdkError]).toEqual([200, null]);
      const said = canonicalOf(caller, heard.bytes, stream);
      const calls = said.toolCalls.map(({ name, args }) => [name, args]);
      expect([said.text, calls, said.stop]).toEqual([one.text ?? '', one.calls ?? [], one.stop]);
      expect([heard.bySdk?.text, heard.bySdk?.toolCalls, heard.bySdk?.stop]).toEqual([said.text, said.toolCalls, said.stop]);
      const [row] = await provider.node.booked(1);
      expect([row?.status, row?.estimated, row?.usage.input, row?.usage.output]).toEqual(['ok', false, ...one.usage]);
    });
  });
}
