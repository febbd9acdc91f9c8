import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTopLevel } from './read-top-level.ts';

type Outcome = { values: Record<string, unknown> } | { problem: string };

function read(text: string): Outcome {
  const body = Buffer.from(text);
  const top = readTopLevel(body, 0, body.length, ['model', 'stream']);
  if (!top.ok) return { problem: top.problem };
  const values: Record<string, unknown> = {};
  for (const [name, range] of top.values) values[name] = JSON.parse(body.toString('utf8', range.start, range.end));
  return { values };
}

const accepts = (text: string): boolean => 'values' in read(text);

function parses(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe('readTopLevel', () => {
  it('finds the wanted members and only at the top', () => {
    expect(read('{"a":{"model":"no"},"b":["model"],"model":"yes","c":"\\"model\\":\\"no\\"","stream":true}')).toEqual({
      values: { model: 'yes', stream: true },
    });
  });

  it('finds a key that is written with escapes', () => {
    expect(read('{"\\u006dodel":"x"}')).toEqual({ values: { model: 'x' } });
  });

  it('refuses a wanted key that comes twice, escaped or in another letter case too', () => {
    for (const second of ['"model"', '"\\u006dodel"', '"MODEL"']) {
      expect(read(`{"model":"a","x":[],${second}:"b"}`)).toEqual({ problem: 'names "model" twice' });
    }
    expect(accepts('{"x":1,"x":2,"model":"a"}')).toBe(true);
  });

  it('does not take a key in another letter case for the wanted one', () => {
    expect(read('{"Model":"a"}')).toEqual({ values: {} });
  });

  it('refuses what is no object, breaks off or goes on', () => {
    for (const text of [
      '',
      ' ',
      '[]',
      '"x"',
      '1',
      'null',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      '{,}',
      '{"a":1}x',
    ]) {
      expect(accepts(text), text).toBe(false);
    }
    expect(accepts(' {} \n')).toBe(true);
  });

  it('refuses broken structure inside values', () => {
    const bad = [
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a"}',
      '{"a":1,}',
      '{1:2}',
      '[}',
      '{]',
      '[1}',
      'tru',
      'nul',
      '01',
      '1.',
      '1e',
      '-',
      '+1',
      '.5',
      'NaN',
      '[truex]',
    ];
    for (const value of bad) expect(accepts(`{"a":${value}}`), value).toBe(false);
  });

  it('walks 512 levels and refuses more', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)},"model":"m"}`;
    expect(read(nested(512))).toEqual({ values: { model: 'm' } });
    expect(accepts(nested(513))).toBe(false);
    expect(accepts(`{"a":${'['.repeat(1_000_000)}`)).toBe(false);
  });

  it('agrees with JSON.parse on random documents, and on what is cut off or put after them', () => {
    const value = fc.jsonValue({ maxDepth: 5 });
    const document = fc
      .tuple(fc.dictionary(fc.string({ unit: 'binary' }), value), fc.option(value), fc.option(value), fc.nat(4))
      .map(([rest, model, stream, indent]) => {
        const object: Record<string, unknown> = { ...rest };
        for (const key of Object.keys(object)) if (['model', 'stream'].includes(key.toLowerCase())) delete object[key];
        return JSON.stringify({ ...object, ...(model !== null && { model }), ...(stream !== null && { stream }) }, null, indent);
      });
    fc.assert(
      fc.property(document, fc.nat(), (text, position) => {
        const parsed: Record<string, unknown> = JSON.parse(text);
        const wanted: Record<string, unknown> = {};
        for (const key of ['model', 'stream']) if (Object.hasOwn(parsed, key)) wanted[key] = parsed[key];
        expect(read(text)).toEqual({ values: wanted });
        const at = position % text.length;
        expect(accepts(text.slice(0, at))).toBe(parses(text.slice(0, at)));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with JSON.parse on documents with one byte changed, added or left out', () => {
    // Bad escapes are not structure, so documents with escapes stay out.
    const document = fc
      .jsonValue({ maxDepth: 4 })
      .map((value) => JSON.stringify({ a: value, model: 'm' }))
      .filter((text) => !text.includes('\\'));
    fc.assert(
      fc.property(document, fc.nat(), fc.constantFrom(...'{}[],:"0 1-.et'), fc.nat(2), (text, position, byte, kind) => {
        const at = position % text.length;
        const changed = text.slice(0, at) + (kind === 0 ? '' : byte) + text.slice(kind === 1 ? at : at + 1);
        const outcome = read(changed);
        if ('problem' in outcome && outcome.problem.includes('twice')) return;
        expect('values' in outcome, changed).toBe(parses(changed));
      }),
      { numRuns: 2000 },
    );
  });
});
