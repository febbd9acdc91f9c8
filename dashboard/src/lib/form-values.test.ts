import { describe, expect, it } from 'vitest';
import { dayEndIn, dayOf, linesIn, numberIn, textIn } from './form-values.ts';

function form(values: Record<string, string>): FormData {
  const fields = new FormData();
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  return fields;
}

describe('values of a form', () => {
  it('are null where a box is empty or absent', () => {
    const fields = form({ text: '  ', number: '' });
    expect([textIn(fields, 'text'), numberIn(fields, 'number'), numberIn(fields, 'absent'), dayEndIn(fields, 'absent')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('keep a zero that somebody typed', () => {
    expect(numberIn(form({ number: '0' }), 'number')).toBe(0);
  });

  it('take one entry a line or between commas, once', () => {
    expect(linesIn(form({ lines: ' a \n\nb,a，c' }), 'lines')).toEqual(['a', 'b', 'c']);
  });

  it('end a day where the reader is, and show the same day again', () => {
    const end = dayEndIn(form({ day: '2026-12-31' }), 'day');
    expect(dayOf(end)).toBe('2026-12-31');
    expect(new Date(end ?? '').getHours()).toBe(23);
    expect(dayOf(null)).toBe('');
  });
});
