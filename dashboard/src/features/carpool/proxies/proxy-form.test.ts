import { describe, expect, it } from 'vitest';
import { proxyIn } from './proxy-form.ts';

describe('a proxy in a form', () => {
  it('keeps the password before where none is typed', () => {
    const fields = new FormData();
    expect(proxyIn(fields)).not.toHaveProperty('password');
    fields.set('password', 'secret');
    expect(proxyIn(fields)).toMatchObject({ password: 'secret' });
  });

  it('says null for what is left empty, and capital letters for a country', () => {
    const fields = new FormData();
    fields.set('country_code', 'jp');
    fields.set('cost_per_month', '12.5');
    fields.set('city', ' ');
    expect(proxyIn(fields)).toMatchObject({ country_code: 'JP', cost_per_month: 12.5, city: null, max_concurrent: 100 });
  });
});
