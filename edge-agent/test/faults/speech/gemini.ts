import { halfCharacter, type Meaning, type Speech } from './speech.ts';

const statuses: Readonly<Record<Meaning, string>> = {
  authentication: 'UNAUTHENTICATED',
  billing: 'FAILED_PRECONDITION',
  permission: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  timeout: 'DEADLINE_EXCEEDED',
  conflict: 'ABORTED',
  too_large: 'INVALID_ARGUMENT',
  rate_limit: 'RESOURCE_EXHAUSTED',
  used_up: 'RESOURCE_EXHAUSTED',
  internal: 'INTERNAL',
  overloaded: 'UNAVAILABLE',
  invalid: 'INVALID_ARGUMENT',
};

const daily = [
  {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
  },
];
const errorOf = (code: number, meaning: Meaning, details: readonly object[] = meaning === 'used_up' ? daily : []) =>
  JSON.stringify({ error: { code, message: 'no', status: statuses[meaning], ...(details.length > 0 ? { details } : {}) } });

const usageOf = (output: number) => ({ promptTokenCount: 25, candidatesTokenCount: output, totalTokenCount: 25 + output });
const said = (text: string | null, more: object = {}) =>
  JSON.stringify({
    candidates: [{ content: { role: 'model', parts: text === null ? [] : [{ text }] }, index: 0, ...more }],
    modelVersion: 'claude-sonnet-4-5',
    responseId: 'r1',
  });
const withUsage = (json: string, usageMetadata: object) =>
  `${json.slice(0, -1)},"usageMetadata":${JSON.stringify(usageMetadata)}}`;
const frame = (json: string) => `data: ${json}\r\n\r\n`;
const whole = said('hello', { finishReason: 'STOP' });

const endOf = (output: number) => frame(withUsage(said(null, { finishReason: 'STOP' }), usageOf(output)));

export const geminiSpeech: Speech = {
  dialect: 'gemini',
  answer: withUsage(whole, usageOf(15)),
  uncounted: whole,
  countedZero: withUsage(whole, { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }),
  start: frame(withUsage(said(null), { promptTokenCount: 25, totalTokenCount: 25 })),
  hello: frame(said('hello')),
  end: endOf(15),
  endOf,
  endUncounted: frame(said(null, { finishReason: 'STOP' })),
  half: 'data: {"candidates":[{"content":{"ro',
  midCharacter: Buffer.concat([
    Buffer.from('data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"'),
    halfCharacter,
  ]),
  error: (status, meaning) => errorOf(status, meaning),
  errorEvent: (status, meaning) => frame(errorOf(status, meaning)),
  waitOfItsOwn: {
    headers: {},
    body: errorOf(429, 'rate_limit', [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '30s' }]),
  },
};
