import { createHash, createHmac } from 'node:crypto';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { describe, expect, it } from 'vitest';
import { findHeader } from '../header-list.ts';
import type { VendorRequest } from '../vendor.ts';
import { bedrock } from './bedrock.ts';
import { unwrapEventStream } from './unwrap-event-stream.ts';

const credential = {
  access_key_id: 'AKIDEXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  session_token: 'session',
};
const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const request: VendorRequest = {
  origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com',
  path: '/v1/messages?beta=true',
  headers: [
    'content-type',
    'application/json',
    'anthropic-version',
    '2023-06-01',
    'anthropic-beta',
    'a-1, b-2',
    'user-agent',
    'x',
    'x-api-key',
    'secret',
  ],
  body: Buffer.from(JSON.stringify({ model: 'claude', stream: true, max_tokens: 9, messages: [] })),
  dialect: 'anthropic-messages',
  model,
  stream: true,
  secret: JSON.stringify(credential),
  nowMs: Date.parse('2026-11-21T10:00:00.000Z'),
};
const adapt = async (more: Partial<VendorRequest> = {}) => (await bedrock.adaptRequest?.({ ...request, ...more })) ?? request;

/** Signature Version 4 from AWS's own description, written for this test alone. */
function signatureOf({ path, headers, body }: VendorRequest): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const sha = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const authorization = findHeader(headers, 'authorization') ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const lines = names.map((name) => `${name}:${findHeader(headers, name)?.trim()}\n`).join('');
  const uri = path.split('/').map(encodeURIComponent).join('/');
  const canonical = ['POST', uri, '', lines, names.join(';'), sha(body)].join('\n');
  const scope = '20261121/eu-west-1/bedrock/aws4_request';
  const toSign = ['AWS4-HMAC-SHA256', '20261121T100000Z', scope, sha(canonical)].join('\n');
  const key = ['20261121', 'eu-west-1', 'bedrock', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credential.secret_access_key}`,
  );
  return hmac(key, toSign).toString('hex');
}

describe('a request to Bedrock', () => {
  it('names the model in the path and nowhere else, and carries version and betas in the body', async () => {
    const adapted = await adapt();
    expect(adapted.path).toBe(`/model/${encodeURIComponent(model)}/invoke-with-response-stream`);
    expect(JSON.parse(adapted.body.toString())).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['a-1', 'b-2'],
      max_tokens: 9,
      messages: [],
    });
    expect((await adapt({ stream: false })).path).toMatch(/\/invoke$/);
    expect((await adapt({ path: '/gateway/v1/messages' })).path).toMatch(/^\/gateway\/model\//);
  });

  it('is signed so that an independent reckoning agrees', async () => {
    const adapted = await adapt();
    const authorization = findHeader(adapted.headers, 'authorization') ?? '';
    expect(authorization).toContain('Credential=AKIDEXAMPLE/20261121/eu-west-1/bedrock/aws4_request');
    expect(authorization).toContain(`Signature=${signatureOf(adapted)}`);
    expect(findHeader(adapted.headers, 'x-amz-security-token')).toBe('session');
    expect(adapted.headers).not.toContain('x-api-key');
    expect(adapted.headers.join()).not.toContain(credential.secret_access_key);
  });

  it('bears an API key of Bedrock as it is', async () => {
    const { headers } = await adapt({ secret: 'bedrock-api-key-abc' });
    expect(findHeader(headers, 'authorization')).toBe('Bearer bedrock-api-key-abc');
  });
});

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
);
const message = (headers: Record<string, string>, body: unknown) =>
  Buffer.from(
    codec.encode({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }])),
      body: Buffer.from(JSON.stringify(body)),
    }),
  );
const chunkOf = (event: object) =>
  message(
    { ':message-type': 'event', ':event-type': 'chunk' },
    { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'ab' },
  );

describe('the stream of Bedrock', () => {
  const stream = Buffer.concat([
    chunkOf({ type: 'message_start', message: { usage: { input_tokens: 3 } } }),
    chunkOf({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'grüß' } }),
    chunkOf({ type: 'message_stop' }),
  ]);
  const read = (cuts: number) => {
    const unwrap = unwrapEventStream();
    let out = '';
    for (let at = 0; at < stream.length; at += cuts) out += unwrap(stream.subarray(at, at + cuts)).toString();
    return out;
  };

  it('becomes the events of the Messages API, wherever it is cut', () => {
    const whole = read(stream.length);
    expect(whole.match(/^event: \w+$/gm)).toEqual(['event: message_start', 'event: content_block_delta', 'event: message_stop']);
    expect(whole).toContain('"text":"grüß"');
    for (const cuts of [1, 2, 7, 64, 300]) expect(read(cuts)).toBe(whole);
  });

  it('says an exception as an error event, and ends where it cannot be read', () => {
    const unwrap = unwrapEventStream();
    const error = message(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      { message: 'Too many tokens' },
    );
    expect(unwrap(error).toString()).toContain(
      '{"type":"error","error":{"type":"rate_limit_error","message":"Too many tokens"}}',
    );
    const broken = Buffer.from(chunkOf({ type: 'message_stop' }));
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    expect(unwrap(broken)).toHaveLength(0);
    expect(unwrap(stream)).toHaveLength(0);
  });
});
