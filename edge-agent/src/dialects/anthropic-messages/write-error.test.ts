import { type RefusalCode, refusals } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { writeRefusal, writeStreamError } from './write-error.ts';

const codes = Object.keys(refusals).filter((code): code is RefusalCode => code in refusals);
const write = (code: RefusalCode) => writeRefusal({ code, message: 'do this' }, 'req_1');

describe('writeRefusal', () => {
  it('writes every refusal in the shape of the API', () => {
    for (const code of codes) {
      const { status, headers, body } = write(code);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'request-id': 'req_1' });
      expect(JSON.parse(body)).toEqual({
        type: 'error',
        error: { type: expect.stringMatching(/^[a-z_]+$/), message: 'do this' },
        request_id: 'req_1',
      });
    }
  });

  it('makes Claude Code ask once after a bad key', () => {
    const { status, headers, body } = write('key_unknown');
    expect([status, headers['x-should-retry']]).toEqual([401, 'false']);
    expect(body).toContain('"authentication_error"');
  });

  it('writes a policy block so that the content is not sent six times', () => {
    for (const code of ['model_not_allowed', 'group_inactive', 'address_not_allowed', 'credentials_conflict'] as const) {
      expect([write(code).status, JSON.parse(write(code).body).error.type]).toEqual([400, 'policy_blocked']);
    }
  });

  it('tells when to come back', () => {
    const { status, headers } = writeRefusal({ code: 'rate_limited', message: 'm', retryAfterSeconds: 30 }, 'r');
    expect([status, headers['retry-after'], headers['x-should-retry']]).toEqual([429, '30', undefined]);
  });
});

it('ends a broken stream with an error event', () => {
  expect(writeStreamError({ code: 'upstream_timeout', message: 'too slow' }, 'req_1')).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"timeout_error","message":"too slow"},"request_id":"req_1"}\n\n',
  );
});
