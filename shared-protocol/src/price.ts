import { z } from 'zod';
import type { NanoUsd } from './money.ts';
import type { TokenUsage } from './tokens.ts';

/** Integer pico-USD for one token: 3 USD per million tokens = 3,000,000 pico-USD per token. */
const picoUsdPerToken = z.int().nonnegative();

const rates = z.object({
  input: picoUsdPerToken,
  output: picoUsdPerToken,
  cacheRead: picoUsdPerToken.optional().describe('absent: cache reads cost as much as input'),
  cacheWrite5m: picoUsdPerToken.optional().describe('absent: as much as input'),
  cacheWrite1h: picoUsdPerToken.optional().describe('absent: as much as a 5-minute write'),
  inputAudio: picoUsdPerToken.optional().describe('absent: as much as input'),
  outputAudio: picoUsdPerToken.optional().describe('absent: as much as output'),
});

/**
 * The price of one model. A tier replaces the named rates for the *whole* request once all
 * input together (cache reads and writes too) is above `aboveInputTokens`; the highest tier passed counts.
 */
export const price = rates.extend({
  webSearchNanoUsd: z.int().nonnegative().optional().describe('one search run by the provider; absent: free'),
  tiers: z.array(rates.partial().extend({ aboveInputTokens: z.int().positive() })).optional(),
});
export type Price = z.infer<typeof price>;

/**
 * What `usage` costs at `price`, in nano-USD: exact integer arithmetic in pico-USD, rounded half up once.
 */
export function costNanoUsd(usage: TokenUsage, price: Price): NanoUsd {
  const inputTotal = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
  const rate = ratesFor(price, inputTotal);
  const cacheWrite5m = rate.cacheWrite5m ?? rate.input;
  const pico =
    BigInt(usage.input - usage.inputAudio) * BigInt(rate.input) +
    BigInt(usage.inputAudio) * BigInt(rate.inputAudio ?? rate.input) +
    BigInt(usage.cacheRead) * BigInt(rate.cacheRead ?? rate.input) +
    BigInt(usage.cacheWrite5m) * BigInt(cacheWrite5m) +
    BigInt(usage.cacheWrite1h) * BigInt(rate.cacheWrite1h ?? cacheWrite5m) +
    BigInt(usage.output - usage.outputAudio) * BigInt(rate.output) +
    BigInt(usage.outputAudio) * BigInt(rate.outputAudio ?? rate.output);
  return Number((pico + 500n) / 1000n) + usage.webSearchRequests * (price.webSearchNanoUsd ?? 0);
}

function ratesFor(price: Price, inputTotal: number): Price {
  let best: NonNullable<Price['tiers']>[number] | undefined;
  for (const tier of price.tiers ?? []) {
    if (inputTotal > tier.aboveInputTokens && tier.aboveInputTokens > (best?.aboveInputTokens ?? 0)) best = tier;
  }
  if (!best) return price;
  const repriced = { ...price };
  for (const [name, value] of Object.entries(best)) {
    if (name !== 'aboveInputTokens' && value !== undefined) Object.assign(repriced, { [name]: value });
  }
  return repriced;
}
