import { expect, it } from 'vitest';
import { readAliases, writeAliases } from './alias-lines.ts';

it('reads what it writes, and blank lines as nothing', () => {
  const rules = [
    { from: 'gpt-*', to: 'claude-sonnet-5' },
    { from: 'fast', to: 'claude-haiku-5' },
  ];
  expect(readAliases(`\n${writeAliases(rules)}\n\n`)).toEqual({ rules, badLine: undefined });
  expect(readAliases('')).toEqual({ rules: [], badLine: undefined });
});

it('names the first line that is no rule', () => {
  for (const line of ['gpt-5', '= x', 'x =', 'a = b = c']) expect(readAliases(`a = b\n${line}`).badLine).toBe(line);
});
