import { noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import { asCount, asObject, type Document } from '../answer/read-value.ts';

export interface OpenAiUsage {
  readonly usage: TokenUsage;
  readonly inputReported: boolean;
}

/**
 * A `usage` object of Chat Completions (`prompt_tokens` …), Responses (`input_tokens` …) or embeddings; null when it
 * states nothing. Cached and cache-write tokens are part of the prompt there and are taken out.
 */
export function readOpenAiUsage(raw: Document): OpenAiUsage | null {
  const prompt = asCount(raw['prompt_tokens']) ?? asCount(raw['input_tokens']);
  const total = asCount(raw['total_tokens']);
  const stated = asCount(raw['completion_tokens']) ?? asCount(raw['output_tokens']);
  if (prompt === null && stated === null) return null;
  const inside = asObject(raw['prompt_tokens_details'] ?? raw['input_tokens_details']);
  const outside = asObject(raw['completion_tokens_details'] ?? raw['output_tokens_details']);
  const whole = prompt ?? 0;
  const cacheRead = Math.min(cachedTokens(raw, inside), whole);
  const written = asCount(inside['cache_write_tokens']) ?? asCount(inside['cache_creation_tokens']) ?? 0;
  const cacheWrite5m = Math.min(written, whole - cacheRead);
  const input = whole - cacheRead - cacheWrite5m;
  const thinking = asCount(outside['reasoning_tokens']);
  const output = outputTokens(whole, stated, thinking, total);
  return {
    inputReported: prompt !== null,
    usage: {
      ...noTokens,
      input,
      cacheRead,
      cacheWrite5m,
      output,
      thinking,
      inputAudio: Math.min(asCount(inside['audio_tokens']) ?? 0, input),
      outputAudio: Math.min(asCount(outside['audio_tokens']) ?? 0, output),
    },
  };
}

/** DeepSeek and Moonshot report cache hits beside the details. */
function cachedTokens(raw: Document, details: Document): number {
  return asCount(details['cached_tokens']) ?? asCount(raw['prompt_cache_hit_tokens']) ?? asCount(raw['cached_tokens']) ?? 0;
}

/** xAI leaves reasoning out of `completion_tokens`: there the total is larger than the two by exactly that much. */
function outputTokens(prompt: number, stated: number | null, thinking: number | null, total: number | null): number {
  if (stated === null) return Math.max(0, (total ?? prompt) - prompt);
  const isOutside = thinking !== null && thinking > 0 && total === prompt + stated + thinking;
  return isOutside ? stated + thinking : stated;
}
