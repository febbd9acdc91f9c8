import {
  type GroupResource,
  groupRouting,
  healthRules,
  type KeyResource,
  noUsageLimits,
  type ServiceResource,
  type UpstreamResource,
} from '@aicarpool/shared-protocol';
import type {
  carpoolGroupServices,
  carpoolGroups,
  carpoolKeys,
  carpoolModels,
  carpoolServices,
  carpoolUpstreams,
} from './tables.ts';

type Row<T extends { $inferSelect: unknown }> = T['$inferSelect'];

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Rows in the shapes of shared-protocol/src/edge. Lists are sorted, so that equal configs have equal digests. */
export function toServiceResource(
  service: Row<typeof carpoolServices>,
  models: readonly Row<typeof carpoolModels>[],
): ServiceResource {
  return {
    id: service.id,
    display_name: service.displayName,
    status: service.status,
    base_url: service.baseUrl,
    dialects: service.dialects,
    vendor: '',
    models_path: null,
    usage_in_streams: false,
    credential_headers: service.credentialHeaders,
    default_headers: service.defaultHeaders,
    on_client_gone: service.onClientGone,
    model_patterns: service.modelPatterns,
    models: models
      .map((model) => ({
        model: model.model,
        display_name: model.displayName,
        context_length: model.contextLength,
        max_output_tokens: model.maxOutputTokens,
        features: null,
        price: model.price,
        price_version: model.priceVersion,
      }))
      .sort((a, b) => byText(a.model, b.model)),
  };
}

export function toGroupResource(
  group: Row<typeof carpoolGroups>,
  services: readonly Row<typeof carpoolGroupServices>[],
): GroupResource {
  return {
    id: group.id,
    name: group.name,
    status: group.status,
    time_zone: group.timeZone,
    failover_enabled: group.failoverEnabled,
    config_valid_s: group.configValidS,
    services: services
      .map((service) => ({
        service: service.serviceId,
        enabled: service.enabled,
        priority: service.priority,
        weight: service.weight,
        model_whitelist: service.modelWhitelist,
        model_blacklist: service.modelBlacklist,
        auth_method: service.authMethod,
        model_aliases: [],
        proxy_enabled: service.proxyEnabled,
      }))
      .sort((a, b) => a.priority - b.priority || byText(a.service, b.service)),
    routing: groupRouting.parse({}),
    health: healthRules.parse({}),
    limits: noUsageLimits,
    member_limits: noUsageLimits,
    denied_features: [],
    egress: null,
  };
}

/** undefined: the account is gone, or its secret was forgotten. */
export function toUpstreamResource(row: Row<typeof carpoolUpstreams>): UpstreamResource | undefined {
  if (row.credential === null || row.status === 'deleted') return undefined;
  return {
    id: row.id,
    group_id: row.groupId,
    service: row.serviceId,
    name: row.name,
    auth_type: row.authType,
    credential: row.credential,
    base_url: row.baseUrl,
    priority: row.priority,
    weight: row.weight,
    status: row.status,
    owner_id: null,
    concurrency: null,
    proxy: null,
    expires_at: null,
  };
}

export function toKeyResource(row: Row<typeof carpoolKeys>): KeyResource {
  const { rateLimitRequests: requests, rateLimitWindowS } = row;
  return {
    id: row.id,
    hash: row.hash,
    group_id: row.groupId,
    user_id: row.userId,
    status: row.status === 'active' ? 'active' : 'disabled',
    expires_at: row.expiresAt?.toISOString() ?? null,
    restricted_models: row.restrictsModels ? row.restrictedModels : null,
    ip_allowlist: row.ipAllowlist,
    rate_limit: requests === null || rateLimitWindowS === null ? null : { requests, window_s: rateLimitWindowS },
    token_limit: row.tokenLimit,
    denied_models: [],
    denied_features: [],
    tokens_per_minute: null,
    concurrency: null,
  };
}
