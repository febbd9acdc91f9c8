import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findByName, matchesGlob, modelTest } from './model-names.ts';

test('a star stands for any run of characters, none too', () => {
  expect(matchesGlob('claude-*', 'claude-opus-4-5')).toBe(true);
  expect(matchesGlob('claude-*', 'claude-')).toBe(true);
  expect(matchesGlob('claude-*', 'Claude-opus')).toBe(false);
  expect(matchesGlob('*-latest', 'gemini-3-pro-latest')).toBe(true);
  expect(matchesGlob('*-latest', 'gemini-3-pro-latest-2')).toBe(false);
  expect(matchesGlob('a*b*c', 'a--b--b--c')).toBe(true);
  expect(matchesGlob('', '')).toBe(true);
  expect(matchesGlob('', 'x')).toBe(false);
});

test('agrees with a regular expression on short texts', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
    }),
    { numRuns: 2000 },
  );
});

test('a hostile pattern costs no more than the product of the lengths', () => {
  const started = performance.now();
  expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(200))).toBe(false);
  expect(performance.now() - started).toBeLessThan(200);
});

test('tells names from a list with and without stars', () => {
  const known = modelTest(['gpt-5', 'o*-mini']);
  expect(['gpt-5', 'o4-mini', 'gpt-5-mini'].map(known)).toEqual([true, true, false]);
  expect(modelTest(['*'])('anything')).toBe(true);
  expect(modelTest([])('anything')).toBe(false);
});

test('finds the exact name, else the longest one that ends at a boundary', () => {
  const byName = new Map(['gpt-5', 'gpt-5-mini', 'claude-sonnet-4-5'].map((name) => [name, name]));
  expect(findByName(byName, 'gpt-5')).toBe('gpt-5');
  expect(findByName(byName, 'gpt-5-mini-2026-08-07')).toBe('gpt-5-mini');
  expect(findByName(byName, 'gpt-5-nano')).toBe('gpt-5');
  expect(findByName(byName, 'claude-sonnet-4-5@20250929')).toBe('claude-sonnet-4-5');
  expect(findByName(byName, 'claude-sonnet-4-5:thinking')).toBe('claude-sonnet-4-5');
  expect(findByName(byName, 'gpt-55')).toBeUndefined();
});
