import { type TokenUsage, totalTokens } from '@aicarpool/shared-protocol';
import { present } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

/** Gemini counts what was read from a cache as prompt, and thoughts beside the candidates. */
export function usageMetadata(usage: TokenUsage): JsonObject {
  const { cacheRead, output, thinking } = usage;
  const thoughts = Math.min(thinking ?? 0, output);
  return present({
    promptTokenCount: totalTokens(usage) - output,
    cachedContentTokenCount: cacheRead > 0 ? cacheRead : undefined,
    candidatesTokenCount: output - thoughts,
    thoughtsTokenCount: thinking === null ? undefined : thoughts,
    totalTokenCount: totalTokens(usage),
  });
}
