import { describe, expect, it } from 'vitest';
import { skimDelta } from './skim-delta.ts';

function skim(text: string): number {
  const bytes = Buffer.from(`before${text}after`);
  return skimDelta(bytes, 6, bytes.length - 5);
}

const delta = (inner: object, index = 0): string => JSON.stringify({ type: 'content_block_delta', index, delta: inner });

describe('skimDelta', () => {
  it('gives the content bytes of text, thinking and tool input, escapes included', () => {
    expect(skim(delta({ type: 'text_delta', text: 'Grüße' }))).toBe(7);
    expect(skim(delta({ type: 'text_delta', text: '"}}' }, 12))).toBe(4);
    expect(skim(delta({ type: 'thinking_delta', thinking: 'abc' }))).toBe(3);
    expect(skim(delta({ type: 'input_json_delta', partial_json: '' }))).toBe(0);
    expect(skim('{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab"}      }')).toBe(2);
  });

  it('leaves everything else to the parser', () => {
    const others = [
      delta({ type: 'signature_delta', signature: 'x' }),
      delta({ type: 'citations_delta', citation: {} }),
      delta({ text: 'a', type: 'text_delta' }),
      delta({ type: 'text_delta', text: 'a', more: {} }),
      delta({ type: 'text_delta', text: 'a', more: 'b' }),
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab"},"usage":{"tier":"x"}}',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab"',
      '{"type":"message_delta","usage":{}}',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab"},"usage":{"output_tokens":1}}',
      '',
    ];
    for (const other of others) expect(skim(other), other).toBe(-1);
  });
});
