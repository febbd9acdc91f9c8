import { expect, it } from 'vitest';
import { writeRefusal, writeStreamError } from './write-error.ts';

it('refuses in the words of the API', () => {
  const refused = writeRefusal({ code: 'key_unknown', message: 'wrong key' }, 'r');
  expect(refused.status).toBe(401);
  expect(JSON.parse(refused.body).error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_api_key' });
  expect(writeRefusal({ code: 'model_unknown', message: 'm' }, 'r').status).toBe(404);
  expect(writeRefusal({ code: 'rate_limited', message: 'm' }, 'r').headers['retry-after']).toBe('5');
});

it('ends a broken stream with an error and no [DONE]', () => {
  expect(writeStreamError({ code: 'upstream_unreachable', message: 'gone' })).toBe(
    'data: {"error":{"message":"gone","type":"server_error","param":null,"code":"upstream_unreachable"}}\n\n',
  );
});
