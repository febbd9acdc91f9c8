import { z } from 'zod';

const count = z.int().nonnegative();

/**
 * What a model counted, in one convention for every dialect. `input`, `cacheRead`,
 * `cacheWrite5m`, `cacheWrite1h` and `output` do not overlap; the total is their sum.
 *
 * - Anthropic: `input_tokens` already leaves the cache out; a write without a lifetime is a 5-minute one.
 * - OpenAI: cached and cache-write tokens are subtracted from `prompt_tokens`/`input_tokens`.
 * - Gemini: cached tokens are subtracted from `promptTokenCount`, `toolUsePromptTokenCount` is added to
 *   `input`, and `thoughtsTokenCount` to `output`.
 */
export const tokenUsage = z.object({
  input: count.describe('full-price input tokens, without anything read from or written to a cache'),
  cacheRead: count,
  cacheWrite5m: count.describe('written to a cache with the default lifetime'),
  cacheWrite1h: count.describe('written to a cache that lives for one hour'),
  output: count.describe('all output tokens, thinking included'),
  thinking: count.nullable().describe('the part of output that was thinking; null = not reported'),
  inputAudio: count.describe('the part of input that was audio'),
  outputAudio: count.describe('the part of output that was audio'),
  webSearchRequests: count.describe('searches that the provider ran and bills by piece'),
});
export type TokenUsage = z.infer<typeof tokenUsage>;

export const noTokens: TokenUsage = Object.freeze({
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  thinking: null,
  inputAudio: 0,
  outputAudio: 0,
  webSearchRequests: 0,
});

/** `total_tokens` of every statistic: all input (cache reads and writes too) and all output (thinking too). */
export function totalTokens(usage: TokenUsage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.output;
}
