import {
  type Feature,
  feature,
  type GroupResource,
  type KeyResource,
  type ProxyResource,
  type QuotaResource,
  type ServiceResource,
  type UpstreamResource,
} from '@aicarpool/shared-protocol';
import type {
  carpoolGroupProxies,
  carpoolGroupServices,
  carpoolGroups,
  carpoolKeys,
  carpoolModels,
  carpoolProxies,
  carpoolQuotas,
  carpoolServices,
  carpoolUpstreams,
  EgressSettings,
} from '../tables.ts';
import { healthRulesOf } from './health-rules.ts';
import { usageLimitsOf } from './limits.ts';
import { routingOf } from './routing.ts';

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
    vendor: service.vendor,
    models_path: service.modelsPath,
    usage_in_streams: service.usageInStreams,
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
        features: featuresOf(model),
        price: model.price,
        price_version: model.priceVersion,
      }))
      .sort((a, b) => byText(a.model, b.model)),
  };
}

/** null: nothing is said against anything, so everything is tried. */
function featuresOf(model: Row<typeof carpoolModels>): Feature[] | null {
  if (model.features === null && model.supportsTools && model.supportsVision) return null;
  const known = model.features ?? feature.options;
  return known.filter((one) => (one !== 'tools' || model.supportsTools) && (one !== 'vision' || model.supportsVision)).sort();
}

export function toGroupResource(
  group: Row<typeof carpoolGroups>,
  services: readonly Row<typeof carpoolGroupServices>[],
): GroupResource {
  const limits = usageLimitsOf(group);
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
        model_aliases: service.modelAliases,
        proxy_enabled: service.proxyEnabled,
      }))
      .sort((a, b) => a.priority - b.priority || byText(a.service, b.service)),
    routing: routingOf(group),
    health: healthRulesOf(group.failoverConditions),
    limits: limits.group,
    member_limits: limits.member,
    denied_features: group.deniedFeatures,
    egress: group.egress && egressOf(group.egress),
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
    owner_id: row.ownerId,
    concurrency: row.concurrency,
    proxy: row.proxyId,
    expires_at: row.expiresAt?.toISOString() ?? null,
  };
}

function egressOf({ version: _version, updatedAt: _at, ...egress }: EgressSettings): GroupResource['egress'] {
  return egress;
}

/** A proxy as one group is told it. */
export function toProxyResource(row: Row<typeof carpoolProxies>, use: Row<typeof carpoolGroupProxies>): ProxyResource {
  const { latitude, longitude } = row;
  return {
    id: row.id,
    group_id: use.groupId,
    type: row.type,
    host: row.host,
    port: row.port,
    username: row.username,
    password: use.password,
    max_concurrent: row.maxConcurrent,
    location: latitude === null || longitude === null ? null : { latitude, longitude },
    status: row.status === 'active' || row.status === 'error' ? 'active' : 'disabled',
  };
}

export function toQuotaResource(row: Row<typeof carpoolQuotas>): QuotaResource {
  return {
    id: row.id,
    group_id: row.groupId,
    of: row.of,
    subject: row.subject,
    service: row.serviceId,
    unit: row.unit,
    window: row.window,
    limit: row.limit,
    mode: row.mode,
    when_dry: row.whenDry,
    max_output_tokens: row.maxOutputTokens,
    overdraft: row.overdraft,
    strict: row.strict,
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
    denied_models: row.deniedModels,
    denied_features: row.deniedFeatures,
    tokens_per_minute: row.tokensPerMinute,
    concurrency: row.concurrency,
  };
}
