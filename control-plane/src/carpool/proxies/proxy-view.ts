import type { ProxyView } from '@aicarpool/shared-protocol/console';
import type { carpoolProxies } from '../tables.ts';
import type { ProxyFigures } from './usage/read-figures.ts';

export type ProxyRow = typeof carpoolProxies.$inferSelect;

/** What administrators see of a proxy: never its password. */
export function toProxyView(row: ProxyRow, figures: ProxyFigures, groupIds: readonly string[]): ProxyView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    proxy_type: row.type,
    host: row.host,
    port: row.port,
    username: row.username,
    has_password: row.password !== null,
    provider: row.provider,
    provider_plan: row.providerPlan,
    country: row.country,
    country_code: row.countryCode,
    city: row.city,
    region: row.region,
    status: row.status,
    anonymity_level: row.anonymityLevel,
    success_rate: figures.successRate,
    latency_ms: figures.latencyMs ?? row.healthCheck?.latency_ms ?? null,
    max_concurrent: row.maxConcurrent,
    usage_stats: { current_connections: figures.connections, total_requests_today: figures.requestsToday },
    used_by_groups: [...groupIds],
    health_check: row.healthCheck,
    last_check_at: row.lastCheckAt?.toISOString() ?? null,
    cost_per_month: row.costPerMonthNanoUsd === null ? null : row.costPerMonthNanoUsd / 1e9,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** What the audit keeps of a proxy: what somebody set, without the password. */
export function auditableProxy({ password, healthCheck: _check, lastCheckAt: _at, ...row }: ProxyRow): Record<string, unknown> {
  return { ...row, hasPassword: password !== null };
}
