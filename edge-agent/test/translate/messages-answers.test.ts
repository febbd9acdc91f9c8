import { readFileSync } from 'node:fs';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOf, type Loose } from './canonical.ts';
import { answered, bodyOf, messagesPairs, toChat, toGemini, toResponses } from './messages-pairs.ts';
import { recordedErrors } from './recorded.ts';

const event = (data: Loose) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (parts: Loose[], rest: Loose = {}) =>
  event({ candidates: [{ content: { role: 'model', parts }, index: 0, ...rest }], ...(rest.usage ?? {}) });
const streamed = { stream: true, messages: [{ role: 'user', content: 'hi' }] };

/** The official client reads what is said. */
async function readBySdk(said: string): Promise<Loose> {
  const headers = { 'content-type': 'text/event-stream' };
  const client = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: async () => new Response(said, { headers }) });
  const asked = { model: 'm', max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }] };
  return client.messages.stream(asked).finalMessage();
}

describe('answers to Messages callers', () => {
  it('go through the official client: thinking, its proof, text, parallel calls without ids', async () => {
    const answer = [
      chunk([{ text: 'Let me think', thought: true }]),
      chunk([{ text: 'I call.' }]),
      chunk(
        [{ functionCall: { name: 'a', args: { x: 1 } }, thoughtSignature: 'c2ln' }, { functionCall: { name: 'b', args: {} } }],
        { finishReason: 'STOP' },
      ),
      event({
        usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, thoughtsTokenCount: 2, cachedContentTokenCount: 4 },
      }),
    ];
    const message = await readBySdk(answered(toGemini, streamed, answer));
    expect(message.content.map((block: Loose) => block.type)).toEqual(['thinking', 'text', 'thinking', 'tool_use', 'tool_use']);
    const ids = message.content.flatMap((block: Loose) => block.id ?? []);
    expect(new Set(ids).size).toBe(2);
    expect(message).toMatchObject({
      stop_reason: 'tool_use',
      usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 5 },
    });

    const back = bodyOf(toGemini, {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: message.content },
      ],
    });
    expect(back.contents[1].parts).toEqual([
      { text: 'I call.' },
      { functionCall: { id: ids[0], name: 'a', args: { x: 1 } }, thoughtSignature: 'c2ln' },
      { functionCall: { id: ids[1], name: 'b', args: {} } },
    ]);
    expect(JSON.stringify(bodyOf(toChat, { messages: [{ role: 'assistant', content: message.content }] }))).not.toContain(
      'acp1.',
    );
  });

  it('carry sealed reasoning of Responses there and back, and to nobody else', () => {
    const output = [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'SEALED' },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'SEALED2' },
      { type: 'function_call', call_id: 'call_1', name: 'a', arguments: '{"x":1}' },
    ];
    const body = { id: 'resp_1', object: 'response', status: 'completed', output, usage: { input_tokens: 9, output_tokens: 4 } };
    const message = JSON.parse(answered(toResponses, { messages: [] }, [JSON.stringify(body)]));
    const messages = [{ role: 'assistant', content: message.content }];
    expect(bodyOf(toResponses, { messages }).input).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'SEALED' },
      { type: 'reasoning', summary: [], encrypted_content: 'SEALED2' },
      { type: 'function_call', call_id: 'call_1', name: 'a', arguments: '{"x":1}' },
    ]);
    expect(bodyOf(toGemini, { messages }).contents[0].parts).toHaveLength(1);
  });

  it('say text as it comes', () => {
    const pieces: string[] = [];
    const translator = toGemini.newAnswer({
      endpoint: {
        dialect: 'anthropic-messages',
        operation: 'generate',
        nativePath: '/v1/messages',
        search: '',
        modelInPath: null,
        streamInPath: null,
      },
      request: streamed,
      model: 'm',
      stream: true,
      requestId: 'r',
      nowMs: 0,
    });
    for (const text of ['one ', 'two ', 'three']) pieces.push(translator.push(Buffer.from(chunk([{ text }]))));
    expect(pieces.map((piece) => /"text_delta","text":"(.*?)"/.exec(piece)?.[1])).toEqual(['one ', 'two ', 'three']);
  });

  it('end at a stop sequence that the upstream knows nothing of, wherever the text is cut', () => {
    const request = { ...streamed, stop_sequences: ['STOP', 'END.'] };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        const text = 'one two STO three END. four';
        const pieces: string[] = [];
        for (let from = 0, turn = 0; from < text.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(text.slice(from, from + size));
          from += size;
        }
        const chunks = pieces.map((piece) => event({ choices: [{ index: 0, delta: { content: piece } }] }));
        const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
        const said = answered(toChat, request, [...chunks, last, 'data: [DONE]\n\n']);
        expect(canonicalOf('anthropic-messages', said, true).text).toBe('one two STO three ');
        expect(said).toContain('"stop_reason":"stop_sequence","stop_sequence":"END."');
      }),
    );
  });

  it('hold one call where several at once are forbidden and Gemini cannot be told', () => {
    const request = { ...streamed, tool_choice: { type: 'auto', disable_parallel_tool_use: true } };
    const parts = [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'b', args: {} } }];
    const said = canonicalOf('anthropic-messages', answered(toGemini, request, [chunk(parts, { finishReason: 'STOP' })]), true);
    expect(said.toolCalls.map(({ name }) => name)).toEqual(['a']);
  });

  it('give long names of tools back as the caller wrote them', () => {
    const name = `mcp__${'x'.repeat(80)}`;
    const request = { ...streamed, tools: [{ name, input_schema: {} }] };
    const sent = bodyOf(toChat, request).tools[0].function.name;
    expect(sent.length).toBeLessThanOrEqual(64);
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: sent, arguments: '{}' } };
    const answer = [
      event({ choices: [{ index: 0, delta: { tool_calls: [call] } }] }),
      event({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }),
    ];
    expect(canonicalOf('anthropic-messages', answered(toChat, request, answer), true).toolCalls[0]?.name).toBe(name);
  });

  it('are broken off with an error that says so', async () => {
    const said = answered(toGemini, streamed, [chunk([{ text: 'half' }])], 'cut');
    expect(said.endsWith('\n\n')).toBe(true);
    await expect(readBySdk(said)).rejects.toThrow('broke off');
    expect(canonicalOf('anthropic-messages', answered(toChat, streamed, ['<html>no</html>']), true).error?.type).toBe(
      'api_error',
    );
  });

  it('count what was asked to be counted', () => {
    const counted = (pair: typeof toGemini, body: string) => {
      const endpoint = {
        dialect: 'anthropic-messages',
        operation: 'count_tokens',
        nativePath: '/',
        search: '',
        modelInPath: null,
        streamInPath: null,
      } as const;
      const translator = pair.newAnswer({ endpoint, request: {}, model: 'm', stream: false, requestId: 'r', nowMs: 0 });
      return translator.push(Buffer.from(body)) + translator.end('end');
    };
    expect(counted(toGemini, '{"totalTokens": 42}')).toBe('{"input_tokens":42}');
    expect(counted(toResponses, '{"object":"response.input_tokens","input_tokens":7}')).toBe('{"input_tokens":7}');
  });

  it('never throw on rubbish, and are the same in every cut', () => {
    const fragment = fc.constantFrom(
      'data: ',
      '{',
      '}',
      '[',
      '"',
      '\n\n',
      '\\',
      'null',
      chunk([{ text: 'é' }]),
      chunk([{ functionCall: {} }]),
      chunk([{ functionCall: { name: 'constructor', partialArgs: [{ jsonPath: '$.__proto__[0].a', stringValue: 'x' }] } }]),
      event({ candidates: [null], error: 5 }),
      event({ choices: [{ delta: { tool_calls: [{}] } }] }),
      event({ type: 'response.completed', response: { output: [{}, 7] } }),
      '[DONE]',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), fc.boolean(), (pieces, size, stream) => {
        const bytes = Buffer.from(pieces.join(''));
        const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, at * size + size),
        );
        for (const pair of messagesPairs) expect(answered(pair, { stream }, cut)).toBe(answered(pair, { stream }, [bytes]));
      }),
      { numRuns: 300 },
    );
  });
});

describe('requests of any kind', () => {
  it('never throw', () => {
    const word = fc.constantFrom(
      'type',
      'role',
      'content',
      'text',
      'user',
      'assistant',
      'tool_result',
      'tool_use',
      'thinking',
      'signature',
      'acp1.gemini.x',
      'image',
      'source',
      'base64',
      'url',
      'input',
      'name',
      'document',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.constant(null),
        fc.integer(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(word, tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    const names = fc.constantFrom(
      'messages',
      'system',
      'tools',
      'tool_choice',
      'thinking',
      'output_config',
      'stop_sequences',
      'max_tokens',
    );
    fc.assert(
      fc.property(fc.dictionary(names, value), (body) => {
        for (const pair of messagesPairs)
          expect(
            typeof pair.translateRequest({
              endpoint: {
                dialect: 'anthropic-messages',
                operation: 'generate',
                nativePath: '/',
                search: '',
                modelInPath: null,
                streamInPath: null,
              },
              body: JSON.parse(JSON.stringify(body)),
              model: 'm',
              stream: true,
            }).ok,
          ).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('refusals of upstreams', () => {
  const error = (status: number, body: string) => toChat.translateError({ status, body: Buffer.from(body), requestId: 'req_1' });
  const corpus = process.env['CARPOOL_CORPUS'] ?? path.resolve(import.meta.dirname, '../../../../shared/corpus');
  const peers: Loose[] = (() => {
    try {
      return JSON.parse(readFileSync(path.join(corpus, 'translate/errors-to-anthropic.json'), 'utf8')).cases;
    } catch {
      return [];
    }
  })();

  it.skipIf(peers.length === 0)('keep status, kind and words of the cases that a peer names', () => {
    for (const { status, body, anthropicType, message } of peers) {
      const said = error(status, body);
      expect([said.status, JSON.parse(said.body).error]).toEqual([status, { type: anthropicType, message }]);
    }
  });

  it('keep the words of every recorded one', () => {
    for (const dialect of ['gemini', 'openai-chat', 'openai-responses'] as const) {
      for (const one of recordedErrors(dialect)) {
        const said = JSON.parse(error(one.status, one.body.toString()).body);
        if (one.expected.error?.message) expect(said.error.message).toContain(one.expected.error.message.slice(0, 35));
      }
    }
  });

  it('tell the client what to do next', () => {
    const quota = error(429, '{"error":{"message":"out of money","type":"insufficient_quota","code":"insufficient_quota"}}');
    expect([JSON.parse(quota.body).error.type, quota.headers['x-should-retry']]).toEqual(['billing_error', 'false']);
    const wait = error(
      429,
      '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":[{"retryDelay":"2.5s"}]}}',
    );
    expect([JSON.parse(wait.body).error.type, wait.headers['retry-after']]).toEqual(['rate_limit_error', '3']);
    const long = error(400, '{"error":{"message":"maximum context length is 128000","code":"context_length_exceeded"}}');
    expect(JSON.parse(long.body).error.message).toMatch(/^prompt is too long: /);
    expect(JSON.parse(error(502, '<html>bad</html>').body).error.message).toBe('The upstream answered with status 502.');
  });
});
