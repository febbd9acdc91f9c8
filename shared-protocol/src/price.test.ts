import { describe, expect, it } from 'vitest';
import { costNanoUsd, type Price } from './price.ts';
import { noTokens, type TokenUsage } from './tokens.ts';

/** USD per million tokens, as price pages print it, in the exact unit. */
const perMillion = (usd: number) => Math.round(usd * 1_000_000);

const haiku45: Price = {
  input: perMillion(1),
  output: perMillion(5),
  cacheRead: perMillion(0.1),
  cacheWrite5m: perMillion(1.25),
};
const sonnet46: Price = {
  input: perMillion(3),
  output: perMillion(15),
  cacheRead: perMillion(0.3),
  cacheWrite5m: perMillion(3.75),
  cacheWrite1h: perMillion(6),
  webSearchNanoUsd: 10_000_000,
};
const opus5: Price = { input: perMillion(5), output: perMillion(25), cacheRead: perMillion(0.5), cacheWrite5m: perMillion(6.25) };
const gemini25Pro: Price = {
  input: perMillion(1.25),
  output: perMillion(10),
  cacheRead: perMillion(0.125),
  tiers: [{ aboveInputTokens: 200_000, input: perMillion(2.5), output: perMillion(15), cacheRead: perMillion(0.25) }],
};
const gemini25Flash: Price = {
  input: perMillion(0.3),
  output: perMillion(2.5),
  cacheRead: perMillion(0.03),
  inputAudio: perMillion(1),
};
const gpt54: Price = {
  input: perMillion(2.5),
  output: perMillion(15),
  cacheRead: perMillion(0.25),
  tiers: [{ aboveInputTokens: 272_000, input: perMillion(5), output: perMillion(22.5), cacheRead: perMillion(0.5) }],
};

const cases: readonly (readonly [string, Price, Partial<TokenUsage>, number])[] = [
  ['plain input and output', haiku45, { input: 1000, output: 500 }, 3_500_000],
  ['cache reads', sonnet46, { input: 120, output: 40, cacheRead: 20_000 }, 6_960_000],
  ['5-minute cache writes', opus5, { input: 10, output: 5, cacheWrite5m: 4735 }, 29_768_750],
  ['1-hour cache writes', sonnet46, { input: 100, output: 30, cacheWrite1h: 6000 }, 36_750_000],
  ['exactly as much input as the tier names', gemini25Pro, { input: 200_000, output: 100 }, 251_000_000],
  ['one token above the tier: the whole request', gemini25Pro, { input: 200_001, output: 100 }, 501_502_500],
  ['a request far above the tier', gpt54, { input: 300_000, output: 1000 }, 1_522_500_000],
  ['thinking, which is output', gemini25Flash, { input: 32, output: 774, thinking: 700 }, 1_944_600],
  ['audio, which is a part of input', gemini25Flash, { input: 1520, inputAudio: 1500, output: 60 }, 1_656_000],
  ['cached input of OpenAI', gpt54, { input: 292, output: 300, cacheRead: 2048 }, 5_742_000],
  ['a tiny request', gpt54, { input: 11, output: 1 }, 42_500],
  ['a web search by piece', sonnet46, { input: 22_350, output: 1139, webSearchRequests: 1 }, 94_135_000],
  ['no output at all', sonnet46, { input: 25, output: 0 }, 75_000],
];

describe('costNanoUsd', () => {
  it.each(cases)('prices %s', (_what, price, usage, expected) => {
    expect(costNanoUsd({ ...noTokens, ...usage }, price)).toBe(expected);
  });

  it('counts cache reads and writes when it looks for the tier', () => {
    const usage = { ...noTokens, input: 1, cacheRead: 150_000, cacheWrite5m: 25_000, cacheWrite1h: 25_000 };
    expect(costNanoUsd(usage, gemini25Pro)).toBe(2500 + 150_000 * 250 + 50_000 * 2500);
    expect(costNanoUsd({ ...usage, input: 0 }, gemini25Pro)).toBe(150_000 * 125 + 50_000 * 1250);
  });

  it('takes the highest tier that was passed, whatever the order', () => {
    const price: Price = {
      input: 1000,
      output: 1000,
      tiers: [
        { aboveInputTokens: 20, input: 3000 },
        { aboveInputTokens: 10, input: 2000, output: 5000 },
      ],
    };
    expect(costNanoUsd({ ...noTokens, input: 21, output: 1 }, price)).toBe(21 * 3 + 1);
    expect(costNanoUsd({ ...noTokens, input: 20, output: 1 }, price)).toBe(20 * 2 + 5);
  });

  it('falls back: cache rates to input, 1-hour writes to 5-minute writes, audio to text', () => {
    const price: Price = { input: 1000, output: 2000, cacheWrite5m: 4000 };
    const usage = { ...noTokens, input: 2, inputAudio: 1, cacheRead: 1, cacheWrite1h: 1, output: 2, outputAudio: 1 };
    expect(costNanoUsd(usage, price)).toBe(2 + 1 + 4 + 4);
  });

  it('rounds half up once, at the end', () => {
    const price: Price = { input: 1, output: 499 };
    expect(costNanoUsd({ ...noTokens, input: 1, output: 1 }, price)).toBe(1);
    expect(costNanoUsd({ ...noTokens, output: 1 }, price)).toBe(0);
    expect(costNanoUsd({ ...noTokens, input: 1_000_000_500 }, price)).toBe(1_000_001);
  });

  it('stays exact where floating point would not', () => {
    const price: Price = { input: 333_333_333, output: 0 };
    expect(costNanoUsd({ ...noTokens, input: 3_000_000_000 }, price)).toBe(999_999_999_000_000);
  });
});
