import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import type { Endpoint, Operation } from '../dialect.ts';
import { readEndpoint } from './read-endpoint.ts';

function endpointOf(method: string, target: string, headers: Record<string, string> = {}): Endpoint {
  const reading = readEndpoint(method, target, headers);
  if (!reading.ok) throw new Error(`${target}: ${reading.refusal.code}`);
  return reading.endpoint;
}

function refusalOf(method: string, target: string, headers: Record<string, string> = {}): [Dialect, string] {
  const reading = readEndpoint(method, target, headers);
  if (reading.ok) throw new Error(`${target}: accepted`);
  return [reading.dialect, reading.refusal.code];
}

const anthropic = { 'anthropic-version': '2023-06-01' };
const google = { 'x-goog-api-key': 'k' };

describe('readEndpoint', () => {
  const posts: [string, Dialect, Operation, string][] = [
    ['/v1/messages', 'anthropic-messages', 'generate', '/v1/messages'],
    ['/v1/messages?beta=true', 'anthropic-messages', 'generate', '/v1/messages'],
    ['/api/v1/messages', 'anthropic-messages', 'generate', '/v1/messages'],
    ['/v1/v1/messages', 'anthropic-messages', 'generate', '/v1/messages'],
    ['/team/blue/v1/messages/count_tokens?beta=true', 'anthropic-messages', 'count_tokens', '/v1/messages/count_tokens'],
    ['/api/provider/anthropic/v1/messages', 'anthropic-messages', 'generate', '/v1/messages'],
    ['/v1/chat/completions', 'openai-chat', 'generate', '/v1/chat/completions'],
    ['/chat/completions', 'openai-chat', 'generate', '/v1/chat/completions'],
    ['/openai/v1/chat/completions', 'openai-chat', 'generate', '/v1/chat/completions'],
    ['/v1/embeddings', 'openai-chat', 'embed', '/v1/embeddings'],
    ['/v1/responses', 'openai-responses', 'generate', '/v1/responses'],
    ['/responses', 'openai-responses', 'generate', '/v1/responses'],
    ['/v1/responses/compact', 'openai-responses', 'generate', '/v1/responses/compact'],
    ['/v1/responses/input_tokens', 'openai-responses', 'count_tokens', '/v1/responses/input_tokens'],
    ['/api/provider/openai/v1/responses', 'openai-responses', 'generate', '/v1/responses'],
    [
      '/api/provider/google/v1beta1/publishers/google/models/gemini-x:generateContent',
      'gemini',
      'generate',
      '/v1beta/models/gemini-x:generateContent',
    ],
    [
      '/v1beta1/publishers/google/models/gemini-x:streamGenerateContent?alt=sse',
      'gemini',
      'generate',
      '/v1beta/models/gemini-x:streamGenerateContent',
    ],
    ['/api/provider/xai/v1/chat/completions', 'openai-chat', 'generate', '/v1/chat/completions'],
    ['/api/provider/groq/openai/v1/chat/completions', 'openai-chat', 'generate', '/v1/chat/completions'],
    ['/v1beta/models/gemini-x:countTokens', 'gemini', 'count_tokens', '/v1beta/models/gemini-x:countTokens'],
    ['/v1/models/gemini-x:generateContent', 'gemini', 'generate', '/v1/models/gemini-x:generateContent'],
  ];
  it.each(posts)('POST %s is %s %s', (target, dialect, operation, nativePath) => {
    expect(endpointOf('POST', target)).toMatchObject({ dialect, operation, nativePath });
  });

  it('keeps the query as it came, without the key', () => {
    expect(endpointOf('POST', '/v1beta/models/g:streamGenerateContent?alt=sse&key=secret&x=%7E').search).toBe('?alt=sse&x=%7E');
    expect(endpointOf('POST', '/v1/messages?beta=true').search).toBe('?beta=true');
  });

  it('takes /messages without a version only from a client that names the API version', () => {
    expect(endpointOf('POST', '/messages', anthropic).nativePath).toBe('/v1/messages');
    expect(refusalOf('POST', '/v1/threads/t/messages')).toEqual(['anthropic-messages', 'endpoint_unknown']);
  });

  it('tells model lists apart by headers, path version and a key in the query', () => {
    expect(endpointOf('GET', '/v1/models')).toMatchObject({
      dialect: 'openai-chat',
      operation: 'list_models',
      nativePath: '/v1/models',
    });
    expect(endpointOf('GET', '/v1/models?limit=1000', anthropic).dialect).toBe('anthropic-messages');
    expect(endpointOf('GET', '/v1/models', google)).toMatchObject({ dialect: 'gemini', nativePath: '/v1/models' });
    expect(endpointOf('GET', '/v1/models?key=abc').dialect).toBe('gemini');
    expect(endpointOf('GET', '/prefix/v1beta/models')).toMatchObject({ dialect: 'gemini', nativePath: '/v1beta/models' });
  });

  it('reads one model', () => {
    expect(endpointOf('GET', '/v1/models/gpt-5')).toMatchObject({ operation: 'get_model', modelInPath: 'gpt-5' });
    expect(endpointOf('GET', '/v1/models/openai/gpt-5')).toMatchObject({
      modelInPath: 'openai/gpt-5',
      nativePath: '/v1/models/openai%2Fgpt-5',
    });
    expect(endpointOf('GET', '/v1beta/models/gemini-x')).toMatchObject({ dialect: 'gemini', modelInPath: 'gemini-x' });
  });

  it('answers the WebSocket probe of Codex with upgrade_required', () => {
    expect(refusalOf('GET', '/v1/responses', { upgrade: 'websocket' })).toEqual(['openai-responses', 'upgrade_required']);
    expect(refusalOf('GET', '/v1/responses')).toEqual(['openai-responses', 'method_not_allowed']);
  });

  it('refuses other methods in the dialect of the path', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
      expect(refusalOf(method, '/v1/messages')).toEqual(['anthropic-messages', 'method_not_allowed']);
    }
    expect(refusalOf('POST', '/v1/models', anthropic)).toEqual(['anthropic-messages', 'method_not_allowed']);
    expect(refusalOf('HEAD', '/')).toEqual(['openai-chat', 'endpoint_unknown']);
  });

  it('refuses unknown and odd paths in the dialect that the client most likely speaks', () => {
    expect(refusalOf('POST', '/v1/completions')).toEqual(['openai-chat', 'endpoint_unknown']);
    expect(refusalOf('POST', '/v1/unknown', anthropic)).toEqual(['anthropic-messages', 'endpoint_unknown']);
    expect(refusalOf('POST', '/v1beta/models/x:predict')).toEqual(['gemini', 'endpoint_unknown']);
    expect(refusalOf('POST', '/upload', google)).toEqual(['gemini', 'endpoint_unknown']);
    expect(refusalOf('GET', '/v1/responses/resp_1')).toEqual(['openai-responses', 'endpoint_unknown']);
    expect(refusalOf('POST', 'http://evil/v1/messages', anthropic)).toEqual(['anthropic-messages', 'endpoint_unknown']);
    expect(refusalOf('POST', '//v1/messages')).toEqual(['openai-chat', 'endpoint_unknown']);
  });
});
