import { describe, expect, it } from 'vitest';
import { decodePart, readTarget } from './read-target.ts';

describe('readTarget', () => {
  it('splits path and query and keeps the query as it came', () => {
    expect(readTarget('/a/b%20c?x=1&y=%7e&&beta=true')).toEqual({
      segments: ['a', 'b%20c'],
      search: '?x=1&y=%7e&&beta=true',
      hasKey: false,
    });
  });

  it('takes credentials out of the query, also when their name is encoded', () => {
    expect(readTarget('/a?alt=sse&key=secret&b=2')?.search).toBe('?alt=sse&b=2');
    expect(readTarget('/a?%6bey=secret&%24key=s&access_token=t')?.search).toBe('');
    expect(readTarget('/a?monkey=1&keys=2')?.search).toBe('?monkey=1&keys=2');
  });

  it('tells that the credential came in the query', () => {
    expect(readTarget('/a?x=1&key=secret')?.hasKey).toBe(true);
  });

  it('refuses targets that could be read in two ways', () => {
    const odd = [
      'http://evil/v1/messages',
      '//evil/v1/messages',
      '/\\evil/x',
      '/a//b',
      '/a/../b',
      '/a/./b',
      '/a/%2e%2e/b',
      '/a/%2E/b',
      '*',
      '',
    ];
    for (const target of [...odd, 'v1/messages', '/a#b', '/a/%00', '/a/%5c', '/a/%zz', '/a\\b', '/a?x=\\']) {
      expect(readTarget(target), target).toBeUndefined();
    }
  });
});

it('decodes a path part, or says that it cannot', () => {
  expect(decodePart('gemini%2D2%40x')).toBe('gemini-2@x');
  expect(decodePart('%')).toBeUndefined();
});
