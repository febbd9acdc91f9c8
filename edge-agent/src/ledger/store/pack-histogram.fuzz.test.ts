import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addPacked, type Buckets, emptyHistogram, packHistogram } from './pack-histogram.ts';

const buckets = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 2 ** 45 })), {
    selector: ([bucket]) => bucket,
  })
  .map((pairs): Buckets => new Map(pairs));

it('gives back what was packed, and adds up', () => {
  fc.assert(
    fc.property(buckets, buckets, (a, b) => {
      const total: Buckets = new Map();
      addPacked(total, packHistogram(a));
      expect(total).toEqual(a);
      addPacked(total, packHistogram(b));
      for (const bucket of new Set([...a.keys(), ...b.keys()])) {
        expect(total.get(bucket)).toBe((a.get(bucket) ?? 0) + (b.get(bucket) ?? 0));
      }
    }),
  );
});

it('packs a second of traffic into few bytes, and nothing into one', () => {
  expect(
    packHistogram(
      new Map([
        [200, 5],
        [201, 300],
        [260, 1],
      ]),
    ),
  ).toHaveLength(8 + 1);
  expect(packHistogram(new Map())).toEqual(emptyHistogram);
});

it('refuses a format that it does not know', () => {
  expect(() => addPacked(new Map(), Buffer.from([9, 1, 1]))).toThrow(/format 9/);
});
