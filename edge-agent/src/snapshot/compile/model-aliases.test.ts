import { describe, expect, it } from 'vitest';
import { compileAliases } from './model-aliases.ts';

describe('model aliases', () => {
  it('give the name of the first rule that fits, and nothing where none does', () => {
    const aliasOf = compileAliases([
      { from: 'claude-opus-5', to: 'gpt-6-pro' },
      { from: 'claude-*', to: 'gpt-6' },
      { from: 'claude-haiku-5', to: 'never' },
    ]);
    expect(aliasOf('claude-opus-5')).toBe('gpt-6-pro');
    expect(aliasOf('claude-haiku-5')).toBe('gpt-6');
    expect(aliasOf('gemini')).toBeUndefined();
    expect(compileAliases([])('claude')).toBeUndefined();
  });

  it('put what the first star matched where the name has one', () => {
    const aliasOf = compileAliases([{ from: 'claude-*-5*', to: 'eu.anthropic.claude-*-v1:0' }]);
    expect(aliasOf('claude-opus-5-20260101')).toBe('eu.anthropic.claude-opus-v1:0');
    expect(compileAliases([{ from: 'x', to: 'y-*' }])('x')).toBe('y-');
    expect(compileAliases([{ from: '*', to: '$&-*' }])('m')).toBe('$&-m');
  });
});
