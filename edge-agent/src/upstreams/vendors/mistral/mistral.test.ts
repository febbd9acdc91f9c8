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

  it('names tool calls of other providers as Mistral wants, and their results alike', async () => {
    const messages = [
      {
        role: 'assistant',
        tool_calls: [
          { id: 'toolu_01ABCDEF', type: 'function' },
          { id: 'abcDEF123', type: 'function' },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_01ABCDEF', content: 'sunny' },
      { role: 'tool', tool_call_id: 'abcDEF123', content: 'rain' },
    ];
    const said = JSON.parse(await adapted(JSON.stringify({ messages })));
    const [first, second] = said.messages[0].tool_calls;
    expect(first.id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect([second.id, said.messages[1].tool_call_id, said.messages[2].tool_call_id]).toEqual([
      'abcDEF123',
      first.id,
      'abcDEF123',
    ]);
    const fits = '{"messages":[{"role":"tool",  "tool_call_id":"abcDEF123"}]}';
    expect(await adapted(fits)).toBe(fits);
    expect(await adapted('{"tool_calls":')).toBe('{"tool_calls":');
  });

  it('is left alone where it needs no change', async () => {
    const plain = '{"model":"m","max_tokens":7}';
    expect(await adapted(plain)).toBe(plain);
    expect(await adapted('{"seed":1}', { dialect: 'openai-responses' })).toBe('{"seed":1}');
  });
});
