import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../endpoint/read-endpoint.ts';
import { parseRequest } from './parse-request.ts';

function parse(target: string, body: string) {
  const reading = readEndpoint('POST', target, {});
  if (!reading.ok) throw new Error(reading.refusal.message);
  return parseRequest(reading.endpoint, Buffer.from(body));
}

describe('parseRequest', () => {
  it('takes model and stream from the path and the limit from the config, in both spellings', () => {
    expect(parse('/v1beta/models/g:streamGenerateContent', '{"generationConfig":{"x":{},"maxOutputTokens":9}}')).toEqual({
      ok: true,
      facts: { model: 'g', stream: true, maxOutputTokens: 9 },
    });
    expect(parse('/v1beta/models/g:generateContent', '{"generation_config":{"max_output_tokens":7}}')).toMatchObject({
      facts: { stream: false, maxOutputTokens: 7 },
    });
    expect(parse('/v1beta/models/g:countTokens', '{"model":"models/other"}')).toMatchObject({ facts: { model: 'g' } });
  });

  it('refuses a malformed body and an endless model name', () => {
    expect(parse('/v1beta/models/g:generateContent', '[]')).toMatchObject({ refusal: { code: 'body_malformed' } });
    expect(parse(`/v1beta/models/${'g'.repeat(300)}:generateContent`, '{}').ok).toBe(false);
  });
});
