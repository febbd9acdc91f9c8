import type { UserKey } from '@aicarpool/shared-protocol/console';
import type { KeyRow } from './key-limits.ts';

/** What its owner sees of a key once it is made: never its text. */
export function toKeyView(row: KeyRow, groupName: string, now: Date): UserKey {
  const isExpired = row.expiresAt !== null && row.expiresAt <= now;
  const status = row.status === 'active' ? 'active' : 'disabled';
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    group_id: row.groupId,
    group_name: groupName,
    user_id: row.userId,
    status: status === 'active' && isExpired ? 'expired' : status,
    key_hint: row.hint,
    token_limit: row.tokenLimit,
    rate_limit_window: row.rateLimitWindowS,
    rate_limit_requests: row.rateLimitRequests,
    enable_model_restriction: row.restrictsModels,
    restricted_models: row.restrictedModels,
    expires_at: row.expiresAt?.toISOString() ?? null,
    ip_allowlist: row.ipAllowlist,
    denied_models: row.deniedModels,
    denied_features: row.deniedFeatures,
    tokens_per_minute: row.tokensPerMinute,
    concurrency: row.concurrency,
    tokens_used: null,
    last_used_at: null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    notices: [],
  };
}
