import { type RefusalCode, refusals } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../test/endpoint-of.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';

const codes = Object.keys(refusals).filter((code): code is RefusalCode => code in refusals);

describe('writeRefusal', () => {
  it('writes every refusal as google.rpc.Status', () => {
    for (const code of codes) {
      const { status, body } = writeRefusal({ code, message: 'do this' }, 'r');
      const { error } = JSON.parse(body);
      expect(error).toMatchObject({ code: status, message: 'do this', status: expect.stringMatching(/^[A-Z_]+$/) });
      expect(error.details[0]).toMatchObject({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code.toUpperCase() });
    }
  });

  it('carries RetryInfo, which is what Gemini CLI reads', () => {
    const { body, headers } = writeRefusal({ code: 'rate_limited', message: 'm', retryAfterSeconds: 7 }, 'r');
    expect(JSON.parse(body).error).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(JSON.parse(body).error.details[1]).toEqual({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' });
    expect(headers['retry-after']).toBe('7');
  });
});

describe('writeStreamError', () => {
  const refusal = { code: 'upstream_unreachable', message: 'gone' } as const;

  it('is one more data frame with alt=sse', () => {
    const frame = writeStreamError(refusal, 'r', endpointOf('POST', '/v1beta/models/x:streamGenerateContent?alt=sse'));
    expect(frame).toMatch(/^data: \{"error":\{"code":502,.*\}\}\r\n\r\n$/);
  });

  it('closes the JSON array without alt=sse', () => {
    const rest = writeStreamError(refusal, 'r', endpointOf('POST', '/v1beta/models/x:streamGenerateContent'));
    expect(JSON.parse(`[{"candidates":[]}${rest}`)[1].error.message).toBe('gone');
  });

  it('has nothing to say after half a body', () => {
    expect(writeStreamError(refusal, 'r', endpointOf('POST', '/v1beta/models/x:generateContent'))).toBe('');
  });
});
