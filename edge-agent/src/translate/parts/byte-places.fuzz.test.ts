import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytePlaces, characterAt } from './byte-places.ts';

it('agrees with the encoder at every character, there and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
      const places = bytePlaces(text);
      let at = 0;
      for (const character of [...text, '']) {
        const bytes = Buffer.byteLength(text.slice(0, at));
        expect(places[at]).toBe(bytes);
        expect(characterAt(places, bytes)).toBe(at);
        at += character.length;
      }
      expect(characterAt(places, 1_000_000)).toBe(text.length);
    }),
  );
});
