import { describe, expect, it } from 'vitest';
import { skipSpace, skipString, skipValue } from './skip-value.ts';

const skipText = (text: string): number => skipValue(Buffer.from(text), 0, Buffer.byteLength(text));

describe('skipValue', () => {
  it('ends just after the value', () => {
    const values = [
      '"a\\"b"',
      '"\\\\"',
      `"${'x'.repeat(100)}\\\\\\"y"`,
      '[1,[2,{"a":[]}]]',
      '{"a":{}}',
      'true',
      'null',
      '-0.5e+7',
      '0',
    ];
    for (const value of values) expect(skipText(`${value} ,`), value).toBe(value.length);
  });

  it('refuses what breaks off or is malformed', () => {
    for (const value of ['', '"a', '"a\\"', `"${'x'.repeat(30)}\\"`, '[', '[1', '{"a"', 'tru', '-', '1.', '00', '{"a" 1}', ']']) {
      expect(skipText(value), value).toBe(-1);
    }
  });

  it('does not look beyond its end', () => {
    expect(skipValue(Buffer.from('"abc" and "more"'), 0, 4)).toBe(-1);
    expect(skipString(Buffer.from(`"${'x'.repeat(50)}"`), 0, 40)).toBe(-1);
    expect(skipSpace(Buffer.from('   x'), 0, 2)).toBe(2);
  });
});
