import { describe, expect, it } from 'vitest';
import { findBaseUrl } from './base-url.ts';

describe('a base URL', () => {
  it('is an origin and a path without a slash at its end', () => {
    expect(findBaseUrl('https://api.openai.com')).toEqual({ origin: 'https://api.openai.com', path: '' });
    expect(findBaseUrl('https://x.example:8443/a/b/')).toEqual({ origin: 'https://x.example:8443', path: '/a/b' });
  });

  it.each(['', 'api.openai.com', 'file:///etc/passwd', 'ftp://a', 'https://user:pw@a', 'https://a/?x=1', 'https://a/#x'])(
    '%j is none',
    (text) => {
      expect(findBaseUrl(text)).toBeUndefined();
    },
  );
});
