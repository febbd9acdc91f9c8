import { readdirSync, readFileSync } from 'node:fs';
import { tokenUsage } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint, MeterReading } from '../dialect.ts';
import { dialectModules } from '../index.ts';
import { endpointOf } from '../test/endpoint-of.ts';

const dialects = [
  ['anthropic-messages', '/v1/messages'],
  ['openai-chat', '/v1/chat/completions'],
  ['openai-responses', '/v1/responses'],
  ['gemini', '/v1beta/models/g:streamGenerateContent?alt=sse'],
] as const;

function answersOf(dialect: string): Buffer[] {
  const folder = new URL(`../${dialect}/__fixtures__/`, import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.sse') || name.endsWith('.body'));
  return files.map((name) => readFileSync(new URL(name, folder)));
}

function read(endpoint: Endpoint, chunks: readonly Buffer[], how: 'end' | 'cut'): [MeterReading, boolean[]] {
  const facts = { model: 'asked', stream: true, maxOutputTokens: null };
  const meter = dialectModules[endpoint.dialect].newMeter({ endpoint, facts, httpStatus: 200, contentType: '' });
  const held = chunks.map((chunk) => meter.push(chunk));
  return [meter.end(how), held];
}

/** What a broken provider or a broken middlebox may make of an answer: bytes changed, left out, said twice. */
const damage = fc.array(fc.tuple(fc.constantFrom('change', 'drop', 'repeat'), fc.nat(), fc.nat(60), fc.nat(255)), {
  maxLength: 4,
});

function damaged(answer: Buffer, kind: string, position: number, length: number, byte: number): Buffer {
  const at = position % (answer.length + 1);
  const [head, tail] = [answer.subarray(0, at), answer.subarray(at)];
  if (kind === 'change') return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
  if (kind === 'drop') return Buffer.concat([head, tail.subarray(length)]);
  return Buffer.concat([head, tail.subarray(0, length), tail]);
}

describe.each(dialects)('the meter of %s', (dialect, path) => {
  it('reads the same from damaged answers wherever they are cut, and only whole counts', () => {
    const endpoint = endpointOf('POST', path);
    const answer = fc.constantFrom(...answersOf(dialect));
    const how = fc.constantFrom('end' as const, 'cut' as const);
    fc.assert(
      fc.property(answer, damage, how, fc.array(fc.nat(), { maxLength: 8 }), (original, damages, end, at) => {
        let bytes = original;
        for (const [kind, position, length, byte] of damages) bytes = damaged(bytes, kind, position, length, byte);
        const [whole] = read(endpoint, [bytes], end);
        expect(tokenUsage.safeParse(whole.usage).success).toBe(true);
        const stops = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((a, b) => a - b);
        const pieces = [...stops, bytes.length].map((stop, i) => bytes.subarray(i === 0 ? 0 : stops[i - 1], stop));
        expect(read(endpoint, pieces, end)[0]).toEqual(whole);
        const [byByte, held] = read(
          endpoint,
          [...bytes].map((b) => Buffer.from([b])),
          end,
        );
        expect(byByte).toEqual(whole);
        // Once held, always held.
        expect(held.lastIndexOf(false)).toBe(held.includes(true) ? held.indexOf(true) - 1 : held.length - 1);
      }),
      { numRuns: 300 },
    );
  });
});
