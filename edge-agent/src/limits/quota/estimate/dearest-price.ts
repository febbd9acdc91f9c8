import type { ModelEntry, Price } from '@aicarpool/shared-protocol';
import type { ServiceEntry } from '../../../snapshot/snapshot.ts';

export interface Dearest {
  readonly inputPicoUsd: number;
  readonly outputPicoUsd: number;
  readonly searchNanoUsd: number;
}

type Rates = { readonly [K in Exclude<keyof Price, 'tiers' | 'webSearchNanoUsd'>]?: number | undefined };

const free: Dearest = { inputPicoUsd: 0, outputPicoUsd: 0, searchNanoUsd: 0 };

/**
 * The most that a token can cost, whatever the provider does with it: plain, written to a cache, audio, in any tier that
 * `inputTokens` may reach, and served under any longer name of the same model, which may have a price of its own.
 */
export function dearestPrice(service: ServiceEntry, model: string, inputTokens: number): Dearest {
  const entry = service.findModel(model);
  const named = service.models.filter((one) => one === entry || one.model.startsWith(`${model}-`));
  // Nobody knows what answers to a name that is not listed.
  const possible = named.length === 0 ? service.models : named;
  return possible.reduce((most, one) => dearer(most, one, inputTokens), free);
}

function dearer(most: Dearest, { price }: ModelEntry, inputTokens: number): Dearest {
  if (!price) return most;
  const tiers = (price.tiers ?? []).filter(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  const all: readonly Rates[] = [price, ...tiers];
  const highest = (rates: readonly (number | undefined)[]) => rates.reduce<number>((best, rate) => Math.max(best, rate ?? 0), 0);
  const inputs = all.flatMap((one) => [one.input, one.cacheRead, one.cacheWrite5m, one.cacheWrite1h, one.inputAudio]);
  return {
    inputPicoUsd: Math.max(most.inputPicoUsd, highest(inputs)),
    outputPicoUsd: Math.max(most.outputPicoUsd, highest(all.flatMap((one) => [one.output, one.outputAudio]))),
    searchNanoUsd: Math.max(most.searchNanoUsd, price.webSearchNanoUsd ?? 0),
  };
}
