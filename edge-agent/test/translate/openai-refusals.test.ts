import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/translate/translation.ts';
import { ask, bodyOf, openaiPairs, refusalOf, toAnthropic, toChat, toGemini, toResponses } from './openai-pairs.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const chat = (more: JsonObject): JsonObject => ({ model: 'm', messages, ...more });
const said = (part: JsonObject): JsonObject => ({ model: 'm', messages: [{ role: 'user', content: [part] }] });

describe('what a chat caller asks for and no other format can say', () => {
  const refused: readonly (readonly [string, JsonObject])[] = [
    ['`n`: 2', chat({ n: 2 })],
    ['logprobs', chat({ logprobs: true })],
    ['logit_bias', chat({ logit_bias: { 50256: -100 } })],
    ['Audio output', chat({ modalities: ['text', 'audio'] })],
    ['spoken answer', { model: 'm', messages: [...messages, { role: 'assistant', audio: { id: 'audio_1' } }] }],
    ['stored at OpenAI', said({ type: 'file', file: { file_id: 'file-1' } })],
    ['a_new_setting', chat({ a_new_setting: 1 })],
    ['hologram', said({ type: 'hologram' })],
    ['tool of type `radar`', chat({ tools: [{ type: 'radar' }] })],
  ];
  it.each(refused)('names %s, the format and what to do', (feature, body) => {
    for (const pair of [toAnthropic, toGemini, toResponses]) {
      if (pair === toResponses && feature === 'stored at OpenAI') continue;
      const message = refusalOf(pair, body);
      expect(message).toContain(feature);
      expect(message).toMatch(/cannot be expressed in (Anthropic Messages|Gemini|OpenAI Responses)\. \S+/);
    }
  });

  it('refuses penalties where there are none, and says them to Gemini', () => {
    expect(refusalOf(toAnthropic, chat({ presence_penalty: 0.5 }))).toContain('presence_penalty');
    expect(refusalOf(toResponses, chat({ frequency_penalty: 0.5 }))).toContain('frequency_penalty');
    const { generationConfig } = bodyOf(toGemini, chat({ presence_penalty: 0.5, frequency_penalty: 0.25, seed: 7 }));
    expect(generationConfig).toEqual({ presencePenalty: 0.5, frequencyPenalty: 0.25, seed: 7 });
  });

  it('refuses sounds and films where they cannot be heard or seen', () => {
    const audio = said({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } });
    expect(refusalOf(toAnthropic, audio)).toContain('audio/mp3');
    expect(refusalOf(toResponses, audio)).toContain('input_audio');
    expect(bodyOf(toGemini, audio).contents[0].parts[0]).toEqual({ inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } });
    for (const url of ['https://x.test/a.mp3', 'https://x.test/a.mp4', 'gs://bucket/a.mp4']) {
      const file = said({ type: 'file', file: { file_data: url, filename: url.slice(-5) } });
      expect(refusalOf(toAnthropic, file), url).not.toBe('');
      expect(refusalOf(toResponses, file), url).not.toBe('');
    }
    expect(refusalOf(toGemini, said({ type: 'file', file: { file_data: 'gs://bucket/a.mp4' } }))).toContain('gs:');
  });

  it('lets settings at their defaults and plain hints pass', () => {
    const harmless = { n: 1, logprobs: false, logit_bias: {}, presence_penalty: 0, modalities: ['text'], audio: null };
    const hints = {
      user: 'u',
      metadata: { a: 'b' },
      store: true,
      seed: 1,
      service_tier: 'auto',
      prediction: { type: 'content' },
    };
    for (const pair of [toAnthropic, toGemini, toResponses]) expect(refusalOf(pair, chat({ ...harmless, ...hints }))).toBe('');
  });

  it('translates conversations only', () => {
    const endpoint = { dialect: 'openai-chat', operation: 'embed', nativePath: '/v1/embeddings', search: '' } as const;
    const asked = toGemini.translateRequest({
      endpoint: { ...endpoint, modelInPath: null, streamInPath: null },
      body: { input: 'x' },
      model: 'm',
      stream: false,
    });
    expect(asked).toMatchObject({ ok: false, refusal: { code: 'not_translatable' } });
  });
});

describe('what a Responses caller asks for and chat cannot say', () => {
  const refused: readonly (readonly [string, JsonObject])[] = [
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['background', { background: true }],
    ['generate', { generate: false }],
    ['prompt', { prompt: { id: 'p' } }],
    ['logprobs', { include: ['message.output_text.logprobs'] }],
    ['code_interpreter', { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }],
    ['mcp', { tools: [{ type: 'mcp', server_label: 's' }] }],
    ['item_reference', { input: [{ type: 'item_reference', id: 'x' }] }],
    ['local_shell_call', { input: [{ type: 'local_shell_call', call_id: 'x' }] }],
    ['stored at OpenAI', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] }],
    ['tool_choice', { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'file_search' } }],
  ];
  it.each(refused)('names %s', (feature, more) => {
    const message = refusalOf(toChat, { model: 'm', input: 'Hi', ...more });
    expect(message).toContain(feature);
    expect(message).toContain('OpenAI Chat Completions');
  });

  it('lets the hints of Codex pass', () => {
    const hints = { store: false, include: ['reasoning.encrypted_content'], prompt_cache_key: 'k', client_metadata: { a: 'b' } };
    expect(ask(toChat, { model: 'm', input: 'Hi', parallel_tool_calls: false, ...hints }).ok).toBe(true);
  });
});

describe('the refusal of an upstream', () => {
  const errorOf = (status: number, body: object) =>
    toAnthropic.translateError({ status, body: Buffer.from(JSON.stringify(body)), requestId: 'r1' });

  it('keeps its words and status, in the shape of OpenAI', () => {
    const limited = errorOf(429, { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } });
    expect([limited.status, JSON.parse(limited.body)]).toEqual([
      429,
      { error: { message: 'slow down', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
    ]);
    expect(errorOf(529, { error: { type: 'overloaded_error', message: 'm' } }).status).toBe(503);
    expect(errorOf(400, { error: { type: 'invalid_request_error', message: 'm' } }).headers['x-should-retry']).toBe('false');
  });

  it('tells clients that the conversation is too long', () => {
    const long = errorOf(400, { error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens' } });
    expect(JSON.parse(long.body).error.code).toBe('context_length_exceeded');
  });

  it('names no account', () => {
    const { body } = errorOf(429, {
      error: { message: 'Limit in organization org-AbCdEfGh12345678 and proj_AbCdEfGh1234 reached, key sk-AbCd***' },
    });
    expect(body).not.toMatch(/AbCd/);
    expect(body).toContain('Limit in organization');
  });

  it('is JSON whatever came', () => {
    for (const pair of openaiPairs) {
      for (const text of [
        '',
        '<html>',
        '[',
        '[{"error":{"code":500,"message":"m","status":"INTERNAL"}}]',
        '{"error":"x"}',
        'null',
      ]) {
        const written = pair.translateError({ status: 500, body: Buffer.from(text), requestId: 'r' });
        expect(typeof JSON.parse(written.body).error.message).toBe('string');
      }
    }
  });
});
