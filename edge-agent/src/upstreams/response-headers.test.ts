import { describe, expect, it } from 'vitest';
import { callerHeaders, upstreamRequestId } from './response-headers.ts';

describe('the headers that a caller gets', () => {
  it('are those he needs, and none that names the account or its limits', () => {
    const out = callerHeaders({
      'content-type': 'application/json',
      'request-id': 'req_1',
      'retry-after': '3',
      'openai-processing-ms': '12',
      'x-codex-turn-state': 's',
      'openai-organization': 'org-1',
      'openai-project': 'p',
      'anthropic-organization-id': 'o',
      'anthropic-ratelimit-requests-limit': '1',
      'x-ratelimit-remaining-requests': '1',
      'set-cookie': ['a=b'],
      server: 'x',
      location: 'http://elsewhere',
      'cf-ray': 'r',
      connection: 'keep-alive',
      'transfer-encoding': 'chunked',
      'content-length': '5',
      via: '1.1 x',
    });
    expect(out).toEqual([
      ...['content-type', 'application/json', 'request-id', 'req_1', 'retry-after', '3'],
      ...['openai-processing-ms', '12', 'x-codex-turn-state', 's'],
    ]);
  });

  it('take the name that the provider gave the request', () => {
    expect(upstreamRequestId({ 'x-request-id': 'a' })).toBe('a');
    expect(upstreamRequestId({})).toBeNull();
  });
});

it("keeps what Codex is told of the account's own limits, and passes the state of its turn", () => {
  const headers = { 'x-codex-turn-state': 's', 'x-codex-primary-used-percent': '80', 'x-codex-credits-balance': '3' };
  expect(callerHeaders(headers)).toEqual(['x-codex-turn-state', 's']);
});
