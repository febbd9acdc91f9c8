import { expect, it } from 'vitest';
import { noTokens, tokenUsage, totalTokens } from './tokens.ts';

it('counts all input, cache reads and writes too, and all output; parts of them only once', () => {
  const usage = {
    ...noTokens,
    input: 1,
    cacheRead: 20,
    cacheWrite5m: 300,
    cacheWrite1h: 4000,
    output: 50_000,
    thinking: 9,
    inputAudio: 1,
    outputAudio: 2,
  };
  expect(totalTokens(tokenUsage.parse(usage))).toBe(54_321);
  expect(totalTokens(noTokens)).toBe(0);
});
