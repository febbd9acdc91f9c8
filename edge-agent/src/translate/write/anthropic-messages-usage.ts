import type { TokenUsage } from '@aicarpool/shared-protocol';
import type { JsonObject } from '../translation.ts';

/** As the Messages API says it: input leaves the cache out, thinking is a part of the output. */
export function writeAnthropicUsage(usage: TokenUsage): JsonObject {
  const { cacheWrite5m, cacheWrite1h, webSearchRequests } = usage;
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: usage.output,
    output_tokens_details: usage.thinking === null ? null : { thinking_tokens: usage.thinking },
    server_tool_use: webSearchRequests === 0 ? null : { web_search_requests: webSearchRequests, web_fetch_requests: 0 },
    service_tier: null,
  };
}
