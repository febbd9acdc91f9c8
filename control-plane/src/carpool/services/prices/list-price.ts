import { type Price, usdToNanoUsd } from '@aicarpool/shared-protocol';
import type { ListedModel } from '@aicarpool/shared-protocol/console';

type ListRates = NonNullable<ListedModel['usd_per_million']>;

/** USD per million tokens, as providers print it, in integer pico-USD per token: 3 USD → 3,000,000. */
const picoPerToken = (usdPerMillion: number) => Math.round(usdPerMillion * 1_000_000);

const names = {
  input: 'input',
  output: 'output',
  cache_read: 'cacheRead',
  cache_write_5m: 'cacheWrite5m',
  cache_write_1h: 'cacheWrite1h',
  input_audio: 'inputAudio',
  output_audio: 'outputAudio',
} as const satisfies Record<keyof ListRates, keyof Price>;

/** The exact price of an entry of a price list; null: the list says that it is not known. */
export function toPrice(entry: Pick<ListedModel, 'usd_per_million' | 'web_search_usd' | 'tiers'>): Price | null {
  if (entry.usd_per_million === null) return null;
  const { input, output } = entry.usd_per_million;
  return {
    input: picoPerToken(input),
    output: picoPerToken(output),
    ...exactRates(entry.usd_per_million),
    ...(entry.web_search_usd === undefined ? {} : { webSearchNanoUsd: usdToNanoUsd(entry.web_search_usd) }),
    ...(entry.tiers === undefined || entry.tiers.length === 0
      ? {}
      : { tiers: entry.tiers.map((tier) => ({ aboveInputTokens: tier.above_input_tokens, ...exactRates(tier) })) }),
  };
}

function exactRates(rates: Partial<Record<keyof ListRates, number | undefined>>): Partial<Price> {
  const exact: Partial<Record<(typeof names)[keyof ListRates], number>> = {};
  for (const [printed, name] of Object.entries(names) as [keyof ListRates, (typeof names)[keyof ListRates]][]) {
    const usdPerMillion = rates[printed];
    if (usdPerMillion !== undefined) exact[name] = picoPerToken(usdPerMillion);
  }
  return exact;
}

/** What stands beside the price and in every booked row: `litellm 2026-08-01`. */
export function priceVersionOf(source: string, date: string): string {
  return `${source} ${date}`;
}
