import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, Translation } from '../translation.ts';
import { geminiToAnthropicMessages } from './gemini-to-anthropic-messages.ts';
import { geminiToOpenaiChat } from './gemini-to-openai-chat.ts';
import { geminiToOpenaiResponses } from './gemini-to-openai-responses.ts';
import { openaiResponsesToAnthropicMessages } from './openai-responses-to-anthropic-messages.ts';
import { openaiResponsesToGemini } from './openai-responses-to-gemini.ts';

const pairs: readonly Translation[] = [
  openaiResponsesToAnthropicMessages,
  openaiResponsesToGemini,
  geminiToAnthropicMessages,
  geminiToOpenaiChat,
  geminiToOpenaiResponses,
];

/** Words that the pairs look for, so that random bodies reach deep into them. */
const words = [
  ...['type', 'role', 'content', 'parts', 'text', 'input', 'contents', 'tools', 'name', 'arguments', 'args', 'call_id', 'id'],
  ...[
    'functionCall',
    'functionResponse',
    'response',
    'inlineData',
    'fileData',
    'data',
    'fileUri',
    'mimeType',
    'thoughtSignature',
  ],
  ...[
    'function_call',
    'function_call_output',
    'custom_tool_call',
    'output',
    'reasoning',
    'summary',
    'encrypted_content',
    'message',
  ],
  ...[
    'input_text',
    'input_image',
    'image_url',
    'input_file',
    'file_data',
    'namespace',
    'function',
    'custom',
    'format',
    'parameters',
  ],
  ...[
    'functionDeclarations',
    'generationConfig',
    'thinkingConfig',
    'stopSequences',
    'toolConfig',
    'functionCallingConfig',
    'mode',
  ],
  ...[
    'assistant',
    'user',
    'model',
    'developer',
    'tool_choice',
    'instructions',
    'systemInstruction',
    'additional_tools',
    '__proto__',
  ],
  ...[
    'content_block_start',
    'content_block',
    'content_block_delta',
    'delta',
    'index',
    'tool_use',
    'message_delta',
    'stop_reason',
  ],
  ...['candidates', 'finishReason', 'usageMetadata', 'usage', 'choices', 'tool_calls', 'output_item', 'error', 'data:,', 'ANY'],
];
const word = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 }));
const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    word,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(word, tie('value'), { maxKeys: 6 }),
}));
const body = fc.dictionary(word, value, { maxKeys: 8 }) as fc.Arbitrary<JsonObject>;

const endpointOf = ({ from }: Translation, operation: 'generate' | 'count_tokens') => ({
  dialect: from,
  operation,
  nativePath: '/',
  search: '?alt=sse',
  modelInPath: 'm',
  streamInPath: true,
});

describe('pairs of Responses and Gemini callers', () => {
  it('never throw on what clients send, and answer with a body or a refusal', () => {
    const models = ['claude-sonnet-4-5', 'claude-opus-5-5', 'gemini-2.5-pro', 'gemini-3-pro', 'gpt-5', 'gpt-4.1'];
    const property = fc.property(
      fc.constantFrom(...pairs),
      body,
      fc.constantFrom(...models),
      fc.boolean(),
      (pair, request, model, isCount) => {
        const endpoint = endpointOf(pair, isCount ? 'count_tokens' : 'generate');
        const translated = pair.translateRequest({ endpoint, body: request, model, stream: true });
        if (translated.ok) JSON.parse(JSON.stringify(translated.request.body));
        else expect(translated.refusal.code).toBe('not_translatable');
      },
    );
    fc.assert(property, { numRuns: 3000 });
  });

  it('never throw on what providers send, and say the same however it is cut', () => {
    const documents = fc.array(body, { maxLength: 6 });
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 6 });
    const property = fc.property(
      fc.constantFrom(...pairs),
      body,
      documents,
      cuts,
      fc.boolean(),
      (pair, request, said, at, stream) => {
        const bytes = Buffer.from(said.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''));
        const input = { endpoint: endpointOf(pair, 'generate'), request, model: 'm', stream, requestId: 'req_1', nowMs: 0 };
        const whole = pair.newAnswer(input);
        const expected = whole.push(bytes) + whole.end('end');
        const pieces = pair.newAnswer(input);
        const ends = [...new Set(at.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b);
        let got = '';
        let from = 0;
        for (const end of [...ends, bytes.length]) {
          got += pieces.push(bytes.subarray(from, end));
          from = end;
        }
        expect(got + pieces.end('end')).toBe(expected);
      },
    );
    fc.assert(property, { numRuns: 1500 });
  });

  it('refuse what is no question to a model', () => {
    const messageOf = (pair: Translation, operation: 'generate' | 'embed', nativePath: string) => {
      const endpoint = { ...endpointOf(pair, 'generate'), operation, nativePath };
      const translated = pair.translateRequest({
        endpoint,
        body: pair.from === 'gemini' ? { contents: 'x' } : { input: 'x' },
        model: 'm',
        stream: false,
      });
      return translated.ok ? '' : translated.refusal.message;
    };
    expect(messageOf(openaiResponsesToGemini, 'generate', '/v1/responses/compact')).toContain('Compacting');
    expect(messageOf(geminiToOpenaiChat, 'embed', '/v1beta/models/m:embedContent')).toContain('embedding');
    expect(messageOf(geminiToOpenaiChat, 'generate', '/v1beta/models/m:generateContent')).toBe('');
  });

  it('say an error of any upstream with its message and a status that stops or repeats rightly', () => {
    const error = (status: number, said: unknown) => ({
      status,
      body: Buffer.from(typeof said === 'string' ? said : JSON.stringify(said)),
      requestId: 'r',
    });
    const anthropic = (type: string, message: string) => ({ type: 'error', error: { type, message } });
    const responses = (one: ReturnType<typeof error>) => openaiResponsesToAnthropicMessages.translateError(one);
    const gemini = (one: ReturnType<typeof error>) => geminiToAnthropicMessages.translateError(one);
    const codeOf = ({ status, body: text, headers }: ReturnType<typeof responses>) => {
      const said = JSON.parse(text).error;
      return [status, said.code, said.message, headers['retry-after'] ?? null];
    };
    expect(codeOf(responses(error(404, anthropic('not_found_error', 'model: x'))))).toEqual([
      400,
      'model_not_found',
      'model: x',
      null,
    ]);
    expect(codeOf(responses(error(429, anthropic('rate_limit_error', 'slow'))))).toEqual([
      429,
      'rate_limit_exceeded',
      'slow',
      '5',
    ]);
    expect(codeOf(responses(error(529, anthropic('overloaded_error', 'busy'))))).toEqual([
      503,
      'server_is_overloaded',
      'busy',
      '5',
    ]);
    expect(codeOf(responses(error(400, anthropic('invalid_request_error', 'prompt is too long: 2 > 1'))))[1]).toBe(
      'context_length_exceeded',
    );
    expect(codeOf(responses(error(502, '<html>'))).slice(0, 2)).toEqual([502, 'server_error']);
    expect(codeOf(gemini(error(401, anthropic('authentication_error', 'bad key'))))).toEqual([401, 401, 'bad key', null]);
    expect(JSON.parse(gemini(error(529, anthropic('overloaded_error', 'busy'))).body).error.status).toBe('UNAVAILABLE');
    const paid = JSON.parse(gemini(error(429, { error: { code: 'insufficient_quota', message: 'pay' } })).body).error;
    expect([paid.status, paid.details[0].violations[0].quotaId]).toEqual(['RESOURCE_EXHAUSTED', 'BudgetPerDay']);
  });
});
