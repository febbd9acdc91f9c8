import { expect, it } from 'vitest';
import { findWaitInHeaders, longestResetMs, longestWaitMs, readDuration } from './read-wait.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const inMs = (ms: number) => nowMs + ms;

it.each([
  ['seconds', { 'retry-after': '30' }, inMs(30_000)],
  ['a date', { 'retry-after': 'Sat, 21 Nov 2026 12:01:30 GMT' }, inMs(90_000)],
  ['milliseconds, which win', { 'retry-after-ms': '2500', 'retry-after': '30' }, inMs(2_500)],
  ['nothing at all: a second', { 'retry-after': '0' }, inMs(1_000)],
  ['an absurd number: a day', { 'retry-after': '99999999999' }, inMs(longestWaitMs)],
  ['an absurd date: a day', { 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }, inMs(longestWaitMs)],
  ['a date that is past: a second', { 'retry-after': 'Fri, 20 Nov 2026 12:00:00 GMT' }, inMs(1_000)],
  ['a negative number', { 'retry-after': '-5' }, undefined],
  ['words', { 'retry-after': 'soon' }, undefined],
  ['nothing', {}, undefined],
])('reads a wait of %s', (_what, headers, expected) => {
  expect(findWaitInHeaders(headers, nowMs)).toBe(expected);
});

it.each([
  [
    'of the limit that is used up',
    {
      'anthropic-ratelimit-requests-remaining': '40',
      'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:10Z',
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:50Z',
    },
    inMs(50_000),
  ],
  ['in Unix seconds', { 'anthropic-ratelimit-unified-reset': String(nowMs / 1_000 + 600) }, inMs(600_000)],
  ['as a duration', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, inMs(360_000)],
  ['in short', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '250ms' }, inMs(1_000)],
  ['not where something is left', { 'x-ratelimit-remaining-tokens': '7', 'x-ratelimit-reset-tokens': '6m0s' }, undefined],
  ['at most eight days from now', { 'anthropic-ratelimit-unified-reset': '4102444800' }, inMs(longestResetMs)],
])('reads the reset %s', (_what, headers, expected) => {
  expect(findWaitInHeaders(headers, nowMs)).toBe(expected);
});

it('reads durations as Go writes them, and nothing else', () => {
  expect(['1h2m3.5s', '90s', '7', 'soon', ''].map(readDuration)).toEqual([3_723_500, 90_000, undefined, undefined, undefined]);
});
