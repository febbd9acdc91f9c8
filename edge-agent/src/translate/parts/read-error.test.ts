import { expect, it } from 'vitest';
import { readUpstreamError } from './read-error.ts';

const messageOf = (body: unknown) =>
  readUpstreamError({ status: 422, body: Buffer.from(JSON.stringify(body)), requestId: 'req_1' }).message;

it('says what compatible servers list as wrong, wherever they put the list', () => {
  const detail = [
    { type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted', input: {} },
    { type: 'missing', loc: ['body', 'model'], msg: 'Field required' },
  ];
  const words = 'Extra inputs are not permitted (body.stream_options); Field required (body.model)';
  expect(messageOf({ detail })).toBe(words);
  expect(messageOf({ object: 'error', message: { detail }, type: 'invalid_request_error' })).toBe(words);
  expect(messageOf({ detail: 'Not authenticated' })).toBe('Not authenticated');
});

it('names the status where nothing was said', () => {
  expect(messageOf({ detail: [{}] })).toBe('The upstream answered with status 422.');
});
