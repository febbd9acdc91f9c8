import { describe, expect, it } from 'vitest';
import { count, keep, objectOrList } from '../json/shape.ts';
import { BodyReader } from './body-reader.ts';

const shape = objectOrList({ a: keep, text: count() });

function read(text: string, size: number) {
  const items: unknown[] = [];
  const body = new BodyReader(shape, (item) => items.push(item));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) body.push(bytes, at, Math.min(at + size, bytes.length));
  const document = body.end();
  return {
    a: (document as { a?: unknown } | undefined)?.a,
    items,
    content: body.contentBytes,
    isClosed: body.isClosed,
    isList: body.isList,
  };
}

describe('BodyReader', () => {
  it('reads short and long bodies the same, in one piece and in many', () => {
    for (const length of [10, 65_536, 200_000]) {
      const text = JSON.stringify({ text: 'x'.repeat(length), a: { b: 1 } });
      const expected = { a: { b: 1 }, items: [], content: length, isClosed: true, isList: false };
      for (const size of [text.length, 7_001, 13]) expect(read(text, size)).toEqual(expected);
    }
  });

  it('gives what there is of a body that breaks off', () => {
    for (const length of [10, 100_000]) {
      const text = `{"a":5,"text":"${'x'.repeat(length)}`;
      for (const size of [text.length, 999]) {
        expect(read(text, size)).toEqual({ a: 5, items: [], content: length, isClosed: false, isList: false });
      }
    }
  });

  it('hands over the elements of an array as they close', () => {
    for (const size of [100, 1]) {
      expect(read('[{"a":1,"text":"xy"},{"a":2}]', size)).toEqual({
        a: undefined,
        items: [{ a: 1 }, { a: 2 }],
        content: 2,
        isClosed: true,
        isList: true,
      });
    }
  });
});
