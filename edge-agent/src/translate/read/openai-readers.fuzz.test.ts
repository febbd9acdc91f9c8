import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCorpus } from '../../../test/find-corpus.ts';
import { expectRecorded } from '../test/expect-recorded.ts';
import { saidBy, stepsOf } from '../test/said.ts';
import { readOpenaiChat } from './openai-chat.ts';
import { readOpenaiResponses } from './openai-responses.ts';

const recorded = findCorpus();

describe.each([
  ['openai-chat', readOpenaiChat],
  ['openai-responses', readOpenaiResponses],
] as const)('the reader of %s', (dialect, newReader) => {
  const answered = recorded.filter((one) => one.dialect === dialect && one.meta.response.status < 300);
  const folder = new URL(`../../dialects/${dialect}/__fixtures__/`, import.meta.url);
  const fixtures = readdirSync(folder)
    .filter((name) => name.endsWith('.sse') || name.endsWith('.body'))
    .map((name) => readFileSync(new URL(name, folder)));

  it.skipIf(answered.length === 0).each(answered.map((one) => [one.id, one] as const))('reads the recorded %s', (_id, one) => {
    expectRecorded(saidBy(stepsOf(newReader(one.meta.stream), one.body)), one);
  });

  it('gives the same meaning wherever the bytes are cut', () => {
    const bodies = [...fixtures, ...answered.map(({ body }) => body)];
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.array(fc.nat(), { maxLength: 12 }), (body, stops) => {
        expect(saidBy(stepsOf(newReader(true), body, stops))).toEqual(saidBy(stepsOf(newReader(true), body)));
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, and keeps the order of steps, on damaged answers', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(80), fc.boolean()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), damage, fc.constantFrom('end', 'cut'), (body, damages, how) => {
        let bytes = body;
        for (const [position, length, twice] of damages) {
          const at = position % (bytes.length + 1);
          const again = twice ? bytes.subarray(at, at + length) : Buffer.alloc(0);
          bytes = Buffer.concat([bytes.subarray(0, at), again, bytes.subarray(twice ? at : at + length)]);
        }
        saidBy(stepsOf(newReader(true), bytes, [], how));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on any JSON', () => {
    const words = ['choices', 'delta', 'tool_calls', 'function', 'usage', 'error', 'item', 'output', 'response', 'type', 'index'];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(
          'response.output_item.added',
          'response.completed',
          'response.output_text.delta',
          'x',
          0,
          null,
          true,
        ),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (events) => {
        const body = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
        saidBy(stepsOf(newReader(true), body));
      }),
      { numRuns: 1000 },
    );
  });
});
