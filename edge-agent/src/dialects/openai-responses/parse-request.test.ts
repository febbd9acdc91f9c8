import { expect, it } from 'vitest';
import { readEndpoint } from '../endpoint/read-endpoint.ts';
import { parseRequest } from './parse-request.ts';

it('reads the facts of a request and passes over fields it does not know', () => {
  const reading = readEndpoint('POST', '/v1/responses', {});
  if (!reading.ok) throw new Error(reading.refusal.message);
  const body = { ...{ model: 'm', stream: true, max_output_tokens: 9 }, unknown: { model: 'no', deep: [{ stream: 1 }] } };
  expect(parseRequest(reading.endpoint, Buffer.from(JSON.stringify(body)))).toEqual({
    ok: true,
    facts: { model: 'm', stream: true, maxOutputTokens: 9 },
  });
  expect(parseRequest(reading.endpoint, Buffer.from('{"messages":[]}')).ok).toBe(false);
});
