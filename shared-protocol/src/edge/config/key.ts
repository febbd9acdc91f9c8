import { z } from 'zod';
import { feature } from './usage-limits.ts';

/** Group scope, kind `key`: a personal key. The key itself never leaves its owner; nodes know its hash. */
export const keyResource = z.object({
  id: z.string(),
  hash: z.string().length(64).describe('SHA-256 of the whole key text `acp_…`, lower-case hex'),
  group_id: z.string(),
  user_id: z.string(),
  status: z.enum(['active', 'disabled']),
  expires_at: z.string().nullable().describe('UTC instant, ISO 8601; null: never'),
  restricted_models: z.array(z.string()).nullable().describe('null: whatever the group allows; []: nothing'),
  ip_allowlist: z.array(z.string()).nullable().describe('addresses or CIDRs the caller must come from; null: anywhere'),
  rate_limit: z
    .object({ requests: z.int().positive(), window_s: z.int().positive() })
    .nullable()
    .describe('requests per sliding window, on all nodes together; null: none'),
  token_limit: z.int().nonnegative().nullable().describe('tokens that the key may use in all; null: no limit of its own'),
  denied_models: z.array(z.string()).default([]).describe('names, `*` is a wild card; win over `restricted_models`'),
  denied_features: z.array(feature).default([]),
  tokens_per_minute: z.int().positive().nullable().default(null).describe('on all nodes together, over a sliding minute'),
  concurrency: z.int().positive().nullable().default(null).describe('requests at once, on all nodes together'),
});
export type KeyResource = z.infer<typeof keyResource>;
