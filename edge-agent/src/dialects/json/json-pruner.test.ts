import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonPruner } from './json-pruner.ts';
import { count, keep, list, object, objectOrList, type Shape } from './shape.ts';

interface Pruned {
  root: unknown;
  items: unknown[];
  content: number;
  closed: boolean;
  broken: boolean;
}

function prune(shape: Shape, chunks: readonly Buffer[]): Pruned {
  const items: unknown[] = [];
  const pruner = new JsonPruner(shape, (item) => items.push(item));
  for (const chunk of chunks) {
    pruner.push(chunk, 0, chunk.length);
    chunk.fill(0x58);
  }
  const { root, contentBytes: content, closed, broken } = pruner;
  return { root, items, content, closed, broken };
}

const whole = (shape: Shape, text: string): Pruned => prune(shape, [Buffer.from(text)]);
const byByte = (shape: Shape, text: string): Pruned =>
  prune(
    shape,
    [...Buffer.from(text)].map((b) => Buffer.from([b])),
  );

const shape = object({
  a: keep,
  usage: keep,
  list: list(object({ reason: keep, text: count('id') })),
  deep: object({ b: keep }),
});

describe('JsonPruner', () => {
  it('keeps what the shape names and nothing else', () => {
    const text =
      '{"x":{"a":1},"a":[1,{"b":"\\"}"}],"list":[{"reason":null},{"reason":"stop","no":2}],"deep":{"b":-1.5e3,"c":4},"z":"a"}';
    const kept = { a: [1, { b: '"}' }], list: [{ reason: null }, { reason: 'stop' }], deep: { b: -1500 } };
    expect(whole(shape, text)).toMatchObject({ root: kept, closed: true, broken: false });
    expect(byByte(shape, text)).toMatchObject({ root: kept, closed: true, broken: false });
  });

  it('counts content, escapes included, without what is excepted', () => {
    const text = '{"list":[{"text":{"id":"1234567","x":["ab","\\n"],"n":5}},{"text":"é"}],"a":"not counted"}';
    expect(whole(shape, text).content).toBe(6);
    expect(byByte(shape, text).content).toBe(6);
  });

  it('gives the elements of a root array as they close, and knows when one just did', () => {
    const pruner = new JsonPruner(objectOrList({ a: keep }), () => {});
    const seen: boolean[] = [];
    for (const byte of Buffer.from('[{"a":[1]} ,{}]')) {
      pruner.push(Buffer.from([byte]), 0, 1);
      seen.push(pruner.isAfterItem);
    }
    expect(seen.map((yes, at) => (yes ? at : -1)).filter((at) => at !== -1)).toEqual([9, 10, 13]);
    expect(whole(objectOrList({ a: keep }), '[{"a":1,"b":2},{"a":3}]').items).toEqual([{ a: 1 }, { a: 3 }]);
  });

  it('does not keep a value above 64 KiB and reads on', () => {
    const text = `{"a":"${'x'.repeat(70_000)}","usage":{"n":1}}`;
    expect(whole(shape, text).root).toEqual({ usage: { n: 1 } });
    expect(byByte(shape, text).root).toEqual({ usage: { n: 1 } });
  });

  it('says when the structure is broken, too deep or goes on', () => {
    for (const text of ['{"a":1]', '[}', ',', `{"x":${'['.repeat(600)}`, '{} {}', '{}"x"']) {
      expect(whole(shape, text).broken, text).toBe(true);
      expect(byByte(shape, text).broken, text).toBe(true);
    }
    expect(whole(shape, '{"a":1').closed).toBe(false);
  });

  it('reads the next document after a reset', () => {
    const pruner = new JsonPruner(shape);
    pruner.push(Buffer.from('{"a":"unfinis'), 0, 13);
    pruner.reset();
    pruner.push(Buffer.from('{"a":2}'), 0, 7);
    expect([pruner.root, pruner.closed]).toEqual([{ a: 2 }, true]);
  });

  it('keeps the same as JSON.parse would find, wherever the bytes are cut', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const document = fc
      .record({ a: value, x: value, usage: value, y: fc.dictionary(fc.string(), value) }, { requiredKeys: [] })
      .chain((object) => fc.nat(2).map((indent) => JSON.stringify(object, null, indent)));
    fc.assert(
      fc.property(document, fc.array(fc.nat(), { maxLength: 10 }), (text, at) => {
        const parsed: Record<string, unknown> = JSON.parse(text);
        const wanted: Record<string, unknown> = {};
        for (const name of ['a', 'usage']) if (Object.hasOwn(parsed, name)) wanted[name] = parsed[name];
        const bytes = Buffer.from(text);
        const stops = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((p, q) => p - q);
        const chunks = [...stops, bytes.length].map((stop, i) => Buffer.from(bytes.subarray(i === 0 ? 0 : stops[i - 1], stop)));
        expect(prune(shape, chunks)).toEqual({ root: wanted, items: [], content: 0, closed: true, broken: false });
      }),
      { numRuns: 500 },
    );
  });
});
