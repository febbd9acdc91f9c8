import { describe, expect, it } from 'vitest';
import { readFacts } from './read-facts.ts';

const read = (body: string | object, model: string | null = null) =>
  readFacts(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), { limits: ['a', 'b'], model, stream: null });

const messageOf = (body: string | object): string => {
  const reading = read(body);
  if (reading.ok) throw new Error('accepted');
  expect(reading.refusal.code).toBe('body_malformed');
  return reading.refusal.message;
};

describe('readFacts', () => {
  it('reads model, stream and the first limit that is there', () => {
    expect(read({ model: 'm', stream: true, b: 7, a: 5 })).toEqual({
      ok: true,
      facts: { model: 'm', stream: true, maxOutputTokens: 5 },
    });
    expect(read({ model: 'm', b: 7 })).toMatchObject({ facts: { stream: false, maxOutputTokens: 7 } });
  });

  it('takes null for absent', () => {
    expect(read({ model: 'm', stream: null, a: null })).toMatchObject({ facts: { stream: false, maxOutputTokens: null } });
  });

  it.each([
    ['1e300', Number.MAX_SAFE_INTEGER],
    ['1e999', Number.MAX_SAFE_INTEGER],
    ['0.5', 1],
    ['1.5', 2],
    ['-1', null],
    ['0', null],
    ['"7"', null],
  ])('takes a limit of %s for %s', (said, maxOutputTokens) => {
    expect(read(`{"model":"m","a":${said}}`)).toMatchObject({ ok: true, facts: { maxOutputTokens } });
  });

  it('says what is wrong with a model that is missing, blank or no string', () => {
    for (const body of [{}, { model: '' }, { model: '  ' }, { model: 7 }, { model: null }, { model: ['m'] }]) {
      expect(messageOf(body)).toContain('needs "model"');
    }
    expect(messageOf({ model: 'x'.repeat(201) })).toContain('longer than 200');
  });

  it('refuses a stream flag that two servers could read in two ways', () => {
    expect(messageOf({ model: 'm', stream: 'true' })).toContain('"stream" must be');
    expect(messageOf('{"model":"m","stream":true,"stream":false}')).toContain('"stream" twice');
  });

  it('says what is wrong with a body that is no JSON object', () => {
    expect(messageOf('')).toBe('The body is not a JSON object.');
    expect(messageOf('{"model":"m"')).toContain('breaks off');
  });

  it('lets the path name the model', () => {
    expect(read({}, 'from-path')).toMatchObject({ ok: true, facts: { model: 'from-path' } });
  });
});
