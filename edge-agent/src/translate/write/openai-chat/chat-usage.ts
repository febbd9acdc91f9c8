import { type TokenUsage, totalTokens } from '@aicarpool/shared-protocol';
import { present } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

/** OpenAI counts what was read from and written to a cache as prompt, and reasoning as completion. */
export function writeChatUsage(usage: TokenUsage): JsonObject {
  const { cacheRead, cacheWrite5m, cacheWrite1h, output, thinking, inputAudio, outputAudio } = usage;
  return {
    prompt_tokens: totalTokens(usage) - output,
    completion_tokens: output,
    total_tokens: totalTokens(usage),
    prompt_tokens_details: {
      cached_tokens: cacheRead,
      cache_write_tokens: cacheWrite5m + cacheWrite1h,
      audio_tokens: inputAudio,
    },
    completion_tokens_details: present({ reasoning_tokens: thinking ?? undefined, audio_tokens: outputAudio }),
  };
}
