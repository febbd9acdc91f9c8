import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, type Json } from './canonical-json.ts';

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

it('says the same as JSON, in one way only', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(canonicalJson(turned(value))).toBe(text);
    }),
  );
});

it('leaves out members that are undefined, and keeps null', () => {
  expect(canonicalJson({ b: undefined, c: null, a: [1, { z: '', y: 0 }] })).toBe('{"a":[1,{"y":0,"z":""}],"c":null}');
});

/** The same value with its members in another order. */
function turned(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(turned);
  const members = Object.entries(value) as [string, Json][];
  return Object.fromEntries(members.reverse().map(([name, member]) => [name, turned(member)]));
}
