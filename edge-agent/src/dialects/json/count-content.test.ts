import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countContent } from './count-content.ts';
import { JsonPruner } from './json-pruner.ts';
import { count, keep, list, object } from './shape.ts';

const shape = object({ a: keep, c: count('id'), items: list(object({ text: count() })) });

it('counts the bytes of content strings', () => {
  const document = {
    a: 'no',
    c: { id: 'no', x: ['ab', { y: 'é' }], n: 5 },
    items: [{ text: 'xyz', other: 'no' }, null],
    z: 'no',
  };
  expect(countContent(document, shape)).toBe(7);
  expect(countContent(null, shape)).toBe(0);
});

it('agrees with the reading in pieces where nothing is escaped', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '世', '😀', ' ') });
  const document = fc.record({
    a: text,
    c: fc.dictionary(fc.constantFrom('id', 'k', 'm'), fc.array(text)),
    items: fc.array(fc.record({ text })),
  });
  fc.assert(
    fc.property(document, (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const pruner = new JsonPruner(shape);
      pruner.push(bytes, 0, bytes.length);
      expect(countContent(value, shape)).toBe(pruner.contentBytes);
    }),
  );
});
