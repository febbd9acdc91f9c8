import { expect, it } from 'vitest';
import { termsIn } from './quota-form.ts';

function form(values: Record<string, string>): FormData {
  const fields = new FormData();
  for (const [name, value] of Object.entries(values)) fields.set(name, value);
  return fields;
}

it('reads terms, and takes no empty limit for zero', () => {
  expect(termsIn(form({ limit: '0', mode: 'hard', max_output_tokens: '', overdraft: '', alert_percent: '70' }))).toEqual({
    limit: 0,
    mode: 'hard',
    when_dry: 'overrun',
    max_output_tokens: null,
    overdraft: 0,
    strict: false,
    alert_percent: 70,
  });
  expect(termsIn(form({ limit: ' ', mode: 'soft' }))).toBe(undefined);
});
