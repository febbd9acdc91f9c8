import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askForUsage } from './ask-for-usage.ts';
import { UsageFilter } from './usage-filter.ts';

const text = (words: string, more = '') =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":${JSON.stringify(words)}}}]${more}}\n\n`;
const usage = 'data: {"id":"1","choices": [],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\n';
const done = 'data: [DONE]\n\n';

function filtered(stream: string, cuts: readonly number[]): string {
  const bytes = Buffer.from(stream);
  const filter = new UsageFilter();
  const out: Buffer[] = [];
  let at = 0;
  for (const cut of [...cuts.map((one) => one % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    // A socket uses its memory again: what is kept must have been copied.
    const chunk = Buffer.from(bytes.subarray(at, cut));
    out.push(Buffer.from(filter.push(chunk)));
    chunk.fill(0x2a);
    at = cut;
  }
  out.push(filter.end());
  return Buffer.concat(out).toString();
}

describe('what only include_usage brings', () => {
  it('is taken out, and nothing else, wherever the stream is cut', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('"usage": null', 'ä', '"usage":{}')), { maxLength: 5 });
    fc.assert(
      fc.property(words, fc.array(fc.nat()), (said, cuts) => {
        const asked = `: hi\n\n${said.map((one) => text(one, ',"usage":null')).join('')}${usage}${done}`;
        const plain = `: hi\n\n${said.map((one) => text(one)).join('')}${done}`;
        expect(filtered(asked, cuts)).toBe(plain);
        expect(filtered(asked.replaceAll('\n', '\r\n'), cuts)).toBe(plain.replaceAll('\n', '\r\n'));
        expect(filtered(plain, cuts)).toBe(plain);
      }),
    );
  });

  it('leaves usage that a provider states beside content, and a last line without its end', () => {
    const stream = `${text('x', ',"usage":{"prompt_tokens":1}')}data: {"choices":[],"usage":null`;
    expect(filtered(stream, [3, 50])).toBe(stream);
  });

  it('lets a line pass that never ends, without keeping it', () => {
    const filter = new UsageFilter();
    const piece = Buffer.alloc(600 * 1024, 'x');
    expect(filter.push(piece)).toHaveLength(0);
    expect(filter.push(piece)).toHaveLength(2 * piece.length);
    expect(filter.push(Buffer.from(usage)).toString()).toBe(usage);
    expect(filter.end()).toHaveLength(0);
  });
});

describe('asking for usage', () => {
  const ask = (body: string) => askForUsage(Buffer.from(body))?.toString();

  it('adds the one option, and does nothing where the caller asks himself', () => {
    expect(ask('{"model":"m"}')).toBe('{"stream_options":{"include_usage":true},"model":"m"}');
    expect(ask('{"stream_options":{"x":1},"model":"m"}')).toBe('{"stream_options":{"include_usage":true,"x":1},"model":"m"}');
    expect(ask('{"stream_options":{"include_usage":false}}')).toBe('{"stream_options":{"include_usage":true}}');
    expect(ask('{"stream_options":null}')).toBe('{"stream_options":{"include_usage":true}}');
    expect(ask('{"stream_options":{"include_usage":true}}')).toBeUndefined();
    expect(ask('{"stream_options":{},"stream_options":{}}')).toBeUndefined();
  });
});
