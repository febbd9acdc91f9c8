import { describe, expect, it } from 'vitest';
import { findAmpCall } from './read-amp-path.ts';

describe('a path of Amp', () => {
  it('is told from those of models, with the name of what is called', () => {
    expect(findAmpCall('/api/internal?getUserInfo')).toEqual({
      area: 'internal',
      target: '/api/internal?getUserInfo',
      method: 'getUserInfo',
    });
    expect(findAmpCall('/api/internal/github-auth-status')).toMatchObject({ area: 'internal', method: '' });
    expect(findAmpCall('/api/threads/T-1.md?truncate_tool_results=1')).toMatchObject({ area: 'threads' });
    for (const area of ['telemetry', 'attachments', 'thread-actors']) expect(findAmpCall(`/api/${area}`)?.area).toBe(area);
  });

  it('is none where a model or nobody is meant', () => {
    for (const target of ['/api/provider/anthropic/v1/messages', '/api/v1/messages', '/api/internals', '/api', '/x/api/internal'])
      expect(findAmpCall(target)).toBeUndefined();
  });

  it('never leads out of its area', () => {
    const odd = ['/..', '/../v1', '//x', '/%2e%2e/x', '/%2E./x', '/a%2fb', '/a\\b', '/./x', '#x'];
    for (const end of odd) expect(findAmpCall(`/api/internal${end}`), end).toBeUndefined();
    expect(findAmpCall(`/api/internal?${'x'.repeat(5_000)}`)).toBeUndefined();
  });

  it('gives nothing to the log that is no name', () => {
    for (const query of ['a b', 'x=1', 'drop%20table', '<x>', 'x'.repeat(61)]) {
      expect(findAmpCall(`/api/internal?${query}`)).toMatchObject({ method: '' });
    }
  });
});
