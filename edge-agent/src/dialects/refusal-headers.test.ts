import { expect, it } from 'vitest';
import { refusalHeaders, retrySeconds } from './refusal-headers.ts';

it('tells clients when to ask again, and never asks for less than a second', () => {
  expect(refusalHeaders({ code: 'rate_limited', message: 'm', retryAfterSeconds: 12.2 })['retry-after']).toBe('13');
  expect(retrySeconds({ code: 'node_busy', message: 'm' })).toBe(5);
  expect(retrySeconds({ code: 'node_busy', message: 'm', retryAfterSeconds: 0 })).toBe(1);
  expect(retrySeconds({ code: 'upstream_unreachable', message: 'm' })).toBeNull();
});

it('stops clients where asking again cannot help, or not within a minute', () => {
  expect(refusalHeaders({ code: 'key_unknown', message: 'm' })).toEqual({
    'content-type': 'application/json',
    'x-should-retry': 'false',
  });
  expect(refusalHeaders({ code: 'upstream_timeout', message: 'm' })).not.toHaveProperty('x-should-retry');
  const limited = (retryAfterSeconds: number) => refusalHeaders({ code: 'rate_limited', message: 'm', retryAfterSeconds });
  expect([limited(60)['x-should-retry'], limited(61)['x-should-retry']]).toEqual([undefined, 'false']);
});
