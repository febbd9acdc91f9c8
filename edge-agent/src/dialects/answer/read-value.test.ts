import { describe, expect, it } from 'vitest';
import { asCount, asError, asList, asObject, asText } from './read-value.ts';

describe('asCount', () => {
  it('takes whole numbers, also written as floats or strings', () => {
    expect([0, 12, 12.0, '12', '7.0', 3.6].map(asCount)).toEqual([0, 12, 12, 12, 7, 4]);
  });

  it('tells absent and nonsense from zero', () => {
    expect(
      [undefined, null, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '', '-3', 'x', [], {}, true].map(asCount),
    ).toEqual(Array(12).fill(null));
  });
});

describe('asError', () => {
  it('names the error by type, Google status or code', () => {
    expect(asError({ type: 't', code: 'c', message: 'm' })).toEqual({ type: 't', message: 'm' });
    expect(asError({ code: 503, status: 'UNAVAILABLE', message: 'm' })).toEqual({ type: 'UNAVAILABLE', message: 'm' });
    expect(asError({ code: 400 })).toEqual({ type: '400', message: '' });
    expect(asError('plain')).toEqual({ type: 'error', message: 'plain' });
  });

  it('is null where there is none, and bounded', () => {
    expect([null, undefined, '', 5, []].map(asError)).toEqual(Array(5).fill(null));
    expect(asError({ message: 'x'.repeat(9000), type: 'y'.repeat(900) })).toEqual({
      type: 'y'.repeat(100),
      message: 'x'.repeat(2000),
    });
  });
});

it('reads objects, lists and texts, and nothing from anything else', () => {
  expect([asObject([1]), asObject(null), asObject({ a: 1 })]).toEqual([{}, {}, { a: 1 }]);
  expect([asList({}), asList([1])]).toEqual([[], [1]]);
  expect([asText(''), asText(5), asText('a')]).toEqual([null, null, 'a']);
});
