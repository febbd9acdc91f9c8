import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findStringEnd } from './find-string-end.ts';

const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', 'é', '\n', 'bcdefghijklmnop'), maxLength: 40 });

it('finds the closing quote behind any escapes', () => {
  fc.assert(
    fc.property(text, text, (inside, after) => {
      const raw = JSON.stringify(inside);
      const bytes = Buffer.from(`${raw}${after}`);
      expect(findStringEnd(bytes, 1, bytes.length)).toBe(Buffer.byteLength(raw) - 1);
    }),
    { numRuns: 1000 },
  );
});

it('says whether the next byte is escaped when the bytes end first', () => {
  fc.assert(
    fc.property(text, fc.nat(), (inside, position) => {
      const raw = Buffer.from(JSON.stringify(inside));
      const end = 1 + (position % (raw.length - 1));
      const isEscaped = /(^|[^\\])(\\\\)*\\$/.test(raw.toString('latin1', 1, end));
      expect(findStringEnd(raw, 1, end)).toBe(isEscaped ? end + 1 : end);
    }),
    { numRuns: 1000 },
  );
});
