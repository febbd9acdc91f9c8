import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { ServiceEntry } from '../../../snapshot/snapshot.ts';
import type { Estimate } from './estimate.ts';
import type { Learned } from './learned.ts';

export interface SoftQuestion {
  readonly service: ServiceEntry;
  readonly model: string;
  readonly keyId: string;
  readonly bodyBytes: number;
  readonly maxOutputTokens: number | null;
  readonly generates: boolean;
}

/** One piece of a stream. */
export const chunkTokens = 1_000;
const wrappingTokens = 50;
const longestContextTokens = 2_097_152;

/** What such requests usually use at the most. */
export function estimateSoft(learned: Learned, question: SoftQuestion): Estimate {
  const { keyId, model, maxOutputTokens, generates } = question;
  const cap = learned.outputTokens(keyId, model);
  return { ...inputOf(learned, question), outputTokens: generates ? Math.min(maxOutputTokens ?? cap, cap) : 0 };
}

/** The input, and one piece of output; the rest is held piece by piece while it comes. */
export function estimateStream(learned: Learned, question: SoftQuestion): Estimate {
  const outputTokens = question.generates ? Math.min(question.maxOutputTokens ?? chunkTokens, chunkTokens) : 0;
  return { ...inputOf(learned, question), outputTokens };
}

function inputOf(learned: Learned, { service, model, bodyBytes }: SoftQuestion): Estimate {
  const entry = service.findModel(model);
  const context = entry?.context_length ?? longestContextTokens;
  const inputTokens = Math.min(context, Math.ceil(bodyBytes * learned.tokensPerByte(model)) + wrappingTokens);
  return { inputTokens, outputTokens: 0, ...pricesOf(entry, inputTokens), extraNanoUsd: 0 };
}

/** Most of a conversation is read from a cache, and what is new is written to it. */
function pricesOf(entry: ModelEntry | undefined, inputTokens: number): Pick<Estimate, 'inputPicoUsd' | 'outputPicoUsd'> {
  const price = entry?.price;
  if (!price) return { inputPicoUsd: 0, outputPicoUsd: 0 };
  const tiers = (price.tiers ?? []).filter(({ aboveInputTokens }) => inputTokens > aboveInputTokens);
  const tier = tiers.sort((a, b) => b.aboveInputTokens - a.aboveInputTokens)[0];
  const input = tier?.input ?? price.input;
  const written = tier?.cacheWrite5m ?? price.cacheWrite5m ?? input;
  return { inputPicoUsd: Math.max(input, written), outputPicoUsd: tier?.output ?? price.output };
}
