import { describe, expect, it } from 'vitest';
import { readHeaders, writeHeaders } from './header-lines.ts';

describe('default headers', () => {
  it('are read as they were written', () => {
    const headers = { 'anthropic-version': '2023-06-01', 'x-site': 'https://example.com' };
    expect(readHeaders(writeHeaders(headers))).toEqual({ headers });
  });

  it('have lower case names', () => {
    expect(readHeaders('X-Title: Team\n\n').headers).toEqual({ 'x-title': 'Team' });
  });

  it('name the first line that is no header', () => {
    expect(readHeaders('x-a: 1\nno header').badLine).toBe('no header');
    expect(readHeaders(': nameless').badLine).toBe(': nameless');
  });
});
