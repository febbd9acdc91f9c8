import { describe, expect, it } from 'vitest';
import type { VendorRequest } from '../vendor.ts';
import { mistral } from './mistral.ts';

async function adapted(body: string, more: Partial<VendorRequest> = {}): Promise<string> {
  const request: VendorRequest = {
    origin: 'https://api.mistral.ai',
    path: '/v1/chat/completions',
    headers: [],
    body: Buffer.from(body),
    dialect: 'openai-chat',
    model: 'mistral-large-latest',
    stream: true,
    secret: 'sk',
    nowMs: 0,
    ...more,
  };
  return (await mistral.adaptRequest?.(request))?.body.toString() ?? '';
}

describe('a request to Mistral', () => {
  it('uses the field names that Mistral lists, and none that it refuses', async () => {
    const asked = '{"model":"m","max_completion_tokens":7,"stream_options":{"include_usage":true},"seed":1,"messages":[]}';
    expect(await adapted(asked)).toBe('{"model":"m","max_tokens":7,"random_seed":1,"messages":[]}');
  });

  it('lets the limit stand that is there under the right name', async () => {
    expect(await adapted('{"max_tokens":5,"max_completion_tokens":7}')).toBe('{"max_tokens":5}');
  });

  it('is left alone where it needs no change', async () => {
    const plain = '{"model":"m","max_tokens":7}';
    expect(await adapted(plain)).toBe(plain);
    expect(await adapted('{"seed":1}', { dialect: 'openai-responses' })).toBe('{"seed":1}');
  });
});
