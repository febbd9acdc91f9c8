import { expect, it } from 'vitest';
import { judge, statusOfError } from './judge.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const verdict = (status: number, body: object | string = {}, headers = {}) =>
  judge({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, nowMs);
const error = (fields: object) => ({ error: fields });

it.each([
  [401, { kind: 'auth_failed', scope: 'account' }],
  [402, { kind: 'parked', scope: 'account', untilMs: null }],
  [403, { kind: 'auth_failed', scope: 'family' }],
  [400, { kind: 'neutral' }],
  [404, { kind: 'neutral' }],
  [413, { kind: 'neutral' }],
  [422, { kind: 'neutral' }],
  [408, { kind: 'again' }],
  [409, { kind: 'again' }],
  [429, { kind: 'parked', scope: 'family', untilMs: null }],
  [500, { kind: 'failed' }],
  [502, { kind: 'failed' }],
  [503, { kind: 'overloaded', untilMs: null }],
  [504, { kind: 'failed' }],
  [529, { kind: 'overloaded', untilMs: null }],
])('judges a bare %i', (status, expected) => {
  expect(verdict(status)).toMatchObject(expected);
});

it.each([
  ['OpenAI, no money left', 429, error({ type: 'insufficient_quota', code: 'insufficient_quota' }), 'insufficient_quota'],
  ['Anthropic, a spend limit', 429, { type: 'error', ...error({ type: 'billing_error' }) }, 'billing_error'],
  [
    'a limit of the organisation',
    429,
    error({ type: 'rate_limit_error', code: 'enforced_spend_limit_reached' }),
    'enforced_spend_limit_reached',
  ],
  [
    'Anthropic, no credit',
    400,
    error({ type: 'invalid_request_error', message: 'Your credit balance is too low to …' }),
    'out_of_credit',
  ],
])('parks the whole account after %s', (_what, status, body, reason) => {
  expect(verdict(status, body)).toMatchObject({ kind: 'parked', scope: 'account', reason });
});

it('parks an account until the reset that was announced', () => {
  const headers = { 'anthropic-ratelimit-unified-reset': '2026-11-21T17:00:00Z' };
  expect(verdict(429, error({ type: 'billing_error' }), headers)).toMatchObject({
    kind: 'parked',
    untilMs: nowMs + 5 * 3_600_000,
  });
});

it("takes Gemini's waits from the body, and leaves a used-up day until Pacific midnight", () => {
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7.5s' };
  const quota = (quotaId: string) => ({ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] });
  const minute = [{ ...error({ code: 429, status: 'RESOURCE_EXHAUSTED', details: [quota('RequestsPerMinute'), retry] }) }];
  expect(verdict(429, JSON.stringify(minute))).toMatchObject({ kind: 'limited', untilMs: nowMs + 7_500 });
  const day = error({ code: 429, status: 'RESOURCE_EXHAUSTED', details: [quota('GenerateRequestsPerDayPerProject'), retry] });
  const midnightMs = Date.parse('2026-11-22T08:00:00Z');
  expect(verdict(429, day)).toMatchObject({ kind: 'parked', scope: 'family', untilMs: midnightMs });
});

it("takes OpenAI's wait from its message", () => {
  expect(verdict(429, error({ code: 'rate_limit_exceeded', message: 'Please try again in 1.5s.' }))).toMatchObject({
    kind: 'limited',
    untilMs: nowMs + 1_500,
  });
});

it('reads nothing into a body that is no error, or too long', () => {
  for (const body of ['', '<html>', '[]', 'null', `{"error":{"type":"billing_error","x":"${'x'.repeat(70_000)}"}}`]) {
    expect(verdict(429, body)).toMatchObject({ kind: 'parked', reason: 'http_429' });
  }
});

it.each([
  ['event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n', 529],
  ['data: {"error":{"message":"no","type":"server_error","code":null}}\n\n', 500],
  ['data: {"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}\r\n\r\n', 429],
  ['{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}', 400],
  ['event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded"}}}\n\n', 429],
  ['data: {"error":{"code":503}}\n\n', 503],
  ['nonsense', 500],
])('finds the status that %s should have had', (text, status) => {
  expect(statusOfError(text)).toBe(status);
});
