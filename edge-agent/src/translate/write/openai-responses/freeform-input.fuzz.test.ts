import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FreeformInput } from './freeform-input.ts';

/** JSON as careful models write it: everything outside ASCII escaped. */
function escaped(text: string): string {
  const json = JSON.stringify({ input: text });
  return [...json].map((char) => (char > '~' ? utf16(char) : char)).join('');
}

function utf16(char: string): string {
  const units = Array.from({ length: char.length }, (_, at) => char.charCodeAt(at).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}

function taken(json: string, sizes: readonly number[]): string {
  const input = new FreeformInput();
  let text = '';
  let from = 0;
  for (const size of sizes) {
    text += input.push(json.slice(from, from + size));
    from += size;
  }
  return text + input.push(json.slice(from)) + input.end();
}

it('takes the text out of its JSON, however it is escaped and cut', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 20 });
  fc.assert(
    fc.property(text, sizes, (one, cut) => {
      expect(taken(JSON.stringify({ input: one }), cut)).toBe(one);
      expect(taken(escaped(one), cut)).toBe(one);
    }),
  );
});

it('gives what is no such JSON as it came', () => {
  expect(taken('plain words', [3])).toBe('plain words');
  expect(taken('{"code":"x"}', [3])).toBe('{"code":"x"}');
  expect(taken('"just text"', [3])).toBe('just text');
  expect(taken('{"other":1,"input":"late"}', [3])).toBe('late');
});
