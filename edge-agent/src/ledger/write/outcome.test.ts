import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';

it.each([
  ['ok', 200, 'success'],
  ['client_gone', 200, 'cancelled'],
  ['timeout', null, 'timeout'],
  ['upstream_error', 504, 'timeout'],
  ['upstream_error', 408, 'timeout'],
  ['upstream_error', 429, 'rate_limit'],
  ['upstream_error', 401, 'auth'],
  ['upstream_error', 403, 'auth'],
  ['upstream_error', 500, 'other'],
  ['upstream_error', 529, 'other'],
  ['stream_broken', 200, 'other'],
  ['refused', null, 'other'],
  ['lost', null, 'other'],
] as const)('counts %s with HTTP %s as %s', (status, httpStatus, outcome) => {
  expect(outcomeOf({ status, httpStatus })).toBe(outcome);
});
