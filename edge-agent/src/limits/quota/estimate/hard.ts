import type { RequestExposure } from '../../../dialects/index.ts';
import type { ServiceEntry } from '../../../snapshot/snapshot.ts';
import { dearestPrice } from './dearest-price.ts';
import type { Estimate } from './estimate.ts';

export interface HardQuestion {
  readonly service: ServiceEntry;
  /** By the name by which the account is asked. */
  readonly model: string;
  readonly bodyBytes: number;
  readonly exposure: RequestExposure;
  /** Of the request, or what is assumed of one that says none. */
  readonly maxOutputTokens: number;
  readonly generates: boolean;
}

/** No model reads more. */
const longestContextTokens = 2_097_152;
/** What providers put around a request: roles; and the words that explain tools. */
const wrappingTokens = 200;
const toolTokens = 2_000;
/** A provider that runs tools of its own asks the model again after each; Anthropic stops after ten. */
const roundsWithTools = 10;
const searchesWithTools = 20;

/**
 * The most that a request can use: no tokenizer makes more than one token of a byte, no model reads more than its
 * context, and no token costs more than the dearest. What the provider looks up itself is bounded by the context alone.
 */
export function estimateHard(question: HardQuestion): Estimate {
  const { service, model, bodyBytes, exposure, maxOutputTokens, generates } = question;
  const entry = service.findModel(model);
  const context = entry?.context_length ?? longestContextTokens;
  const said = exposure.readsElsewhere
    ? context
    : bodyBytes + exposure.pictureTokens + wrappingTokens + (exposure.hasTools ? toolTokens : 0);
  const rounds = exposure.runsTools ? roundsWithTools : 1;
  const inputTokens = Math.min(context, said) * rounds;
  const most = Math.min(maxOutputTokens, entry?.max_output_tokens ?? Number.POSITIVE_INFINITY);
  const price = dearestPrice(service, model, inputTokens);
  return {
    inputTokens,
    outputTokens: generates ? most * exposure.choices * rounds : 0,
    inputPicoUsd: price.inputPicoUsd,
    outputPicoUsd: price.outputPicoUsd,
    extraNanoUsd: exposure.runsTools ? price.searchNanoUsd * searchesWithTools : 0,
  };
}
