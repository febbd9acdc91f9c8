import { oc } from '@orpc/contract';
import { z } from 'zod';
import { egress } from '../../edge/config/group.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination, usd } from '../envelope.ts';

const tags = ['Outbound proxies'];
const proxyId = idSchema('proxy');
const groupId = idSchema('group');
const text = (length: number) => z.string().trim().max(length);

export const proxyType = z
  .enum(['socks5', 'socks5h', 'http', 'https'])
  .describe('socks5: names are resolved on the node; socks5h and http(s): at the proxy; https: TLS to the proxy itself');
const status = z
  .enum(['active', 'inactive', 'maintenance', 'error'])
  .describe('active and error: nodes use it while it works for them; error: the last check from here or a node failed');
const anonymity = z.enum(['transparent', 'anonymous', 'elite']);

const settings = {
  name: text(100).min(1),
  description: text(1000),
  proxy_type: proxyType,
  host: text(255).min(1),
  port: z.int().min(1).max(65_535),
  username: z.string().max(200).nullable(),
  password: z.string().max(255).nullable().describe('sealed when it is stored, never returned; null: none'),
  provider: text(100).nullable(),
  provider_plan: text(100).nullable(),
  country: text(100).nullable(),
  country_code: z
    .string()
    .regex(/^[A-Z]{2}$/, 'country_code is two capital letters, like JP')
    .nullable(),
  city: text(100).nullable(),
  region: text(100).nullable(),
  max_concurrent: z.int().min(1).max(100_000),
  anonymity_level: anonymity,
  cost_per_month: usd.max(1_000_000).nullable(),
};

export const newProxy = z.object({
  name: settings.name,
  description: settings.description.default(''),
  proxy_type: settings.proxy_type.default('socks5'),
  host: settings.host,
  port: settings.port,
  username: settings.username.default(null),
  password: settings.password.default(null),
  provider: settings.provider.default(null),
  provider_plan: settings.provider_plan.default(null),
  country: settings.country.default(null),
  country_code: settings.country_code.default(null),
  city: settings.city.default(null),
  region: settings.region.default(null),
  max_concurrent: settings.max_concurrent.default(100),
  anonymity_level: settings.anonymity_level
    .default('anonymous')
    .describe('as the vendor says; a check that can tell replaces it'),
  cost_per_month: settings.cost_per_month.default(null),
});
export type NewProxy = z.infer<typeof newProxy>;

export const proxyChange = z.object({ ...settings, status: status.exclude(['error']) }).partial();
export type ProxyChange = z.infer<typeof proxyChange>;

const tested = z.enum(['passed', 'failed', 'not_tested']);

export const proxyCheck = z.object({
  checked_by: z.enum(['node', 'control_plane']).describe('a node that uses it, else the control plane itself'),
  connectivity: z.enum(['ok', 'failed']),
  problem: z.string().nullable().describe('what went wrong; null: nothing did'),
  latency_ms: z.number().nullable(),
  success_rate: z.number().nullable().describe('percent of the requests of the last 24 hours; null: there were none'),
  anonymity_level: anonymity.nullable().describe('null: could not be told'),
  anonymity_test: tested,
  exit_address: z.string().nullable(),
  exit_country: z.string().nullable(),
  geolocation_check: tested.describe('does the exit address lie in the country of the proxy?'),
  dns_leak_test: tested.describe('passed: the proxy resolves names, so that none is asked for on the node'),
});
export type ProxyCheck = z.infer<typeof proxyCheck>;

export const proxyView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  proxy_type: proxyType,
  host: z.string(),
  port: z.int(),
  username: z.string().nullable(),
  has_password: z.boolean(),
  provider: z.string().nullable(),
  provider_plan: z.string().nullable(),
  country: z.string().nullable(),
  country_code: z.string().nullable(),
  city: z.string().nullable(),
  region: z.string().nullable(),
  status,
  anonymity_level: anonymity,
  success_rate: z.number().nullable().describe('percent, of the last 24 hours; null: no requests'),
  latency_ms: z.number().nullable(),
  max_concurrent: z.int(),
  usage_stats: z.object({ current_connections: z.int(), total_requests_today: z.int() }),
  used_by_groups: z.array(z.string()),
  health_check: proxyCheck.nullable(),
  last_check_at: instant.nullable(),
  cost_per_month: usd.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type ProxyView = z.infer<typeof proxyView>;

export const proxyUsageQuery = z.object({
  proxyId,
  period: z.enum(['hour', 'day', 'week', 'month']).default('day'),
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional().describe('the last day that counts'),
  group_id: groupId.optional(),
});
export type ProxyUsageQuery = z.infer<typeof proxyUsageQuery>;

export const proxyUsage = z.object({
  proxy_id: z.string(),
  period: z.enum(['hour', 'day', 'week', 'month']),
  date_range: z.object({ start: z.string(), end: z.string() }),
  statistics: z.object({
    total_requests: z.int(),
    successful_requests: z.int(),
    failed_requests: z.int(),
    success_rate: z.number().nullable(),
    avg_response_time_ms: z.number().nullable().describe('to connect through the proxy; of all groups'),
    total_data_transferred_mb: z.number().nullable().describe('null where one group is asked for: connections are shared'),
    unique_users: z.int(),
    peak_concurrent_connections: z.int().describe('the most on one node; of all groups'),
    cost_analysis: z.object({ estimated_cost: usd.nullable(), cost_per_request: usd.nullable() }),
  }),
  hourly_breakdown: z.array(
    z.object({
      hour: z.int().describe('of the day, UTC'),
      requests: z.int(),
      avg_latency_ms: z.number().nullable(),
      success_rate: z.number().nullable(),
    }),
  ),
  top_groups: z.array(z.object({ group_id: z.string(), group_name: z.string(), request_count: z.int(), percentage: z.number() })),
});
export type ProxyUsage = z.infer<typeof proxyUsage>;

const memberProxies = z
  .record(idSchema('user'), proxyId)
  .refine((members) => Object.keys(members).length <= 1000, 'at most 1,000 members')
  .describe('user id → the proxy that is tried first for him, in the pool or not; replaces all that were set');

export const deploymentConfigChange = z.object({
  proxy_strategy: egress.shape.strategy.optional(),
  proxy_pool_ids: z
    .array(proxyId)
    .max(1000)
    .optional()
    .describe('in order of preference; [] and fallback_enabled: requests leave directly'),
  sticky_session: z.boolean().optional(),
  member_proxies: memberProxies.optional(),
  fallback_enabled: z.boolean().optional().describe('true: requests leave directly where no proxy is well'),
});
export type DeploymentConfigChange = z.infer<typeof deploymentConfigChange>;

export const deploymentConfig = z.object({
  group_id: z.string(),
  deployment_mode: z.enum(['centralized', 'distributed', 'hybrid']),
  config: z.object({
    proxy_strategy: egress.shape.strategy,
    proxy_pool_ids: z.array(z.string()),
    sticky_session: z.boolean(),
    member_proxies: z.record(z.string(), z.string()),
    fallback_enabled: z.boolean(),
  }),
  available_proxies: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        proxy_type: proxyType,
        country: z.string().nullable(),
        city: z.string().nullable(),
        status,
      }),
    )
    .describe('which a manager may choose'),
  services_without_proxies: z
    .array(z.string())
    .describe('enabled services of the group with proxy_enabled off: they leave directly'),
  performance_stats: z.object({
    avg_latency_ms: z.number().nullable(),
    success_rate: z.number().nullable().describe('percent, of the last 24 hours'),
    current_load: z.number().describe('percent of the connections that the proxies may carry'),
  }),
  config_version: z.int(),
  last_updated: instant.nullable(),
});
export type DeploymentConfig = z.infer<typeof deploymentConfig>;

const one = z.object({ proxyId });
const path = '/proxy-resources';

export const proxiesContract = {
  list: oc
    .route({ method: 'GET', path, summary: 'Outbound proxies', tags })
    .input(
      pageQuery.extend({
        status: status.optional(),
        proxy_type: proxyType.optional(),
        country: z.string().max(100).optional().describe('name or code'),
        provider: z.string().max(100).optional(),
      }),
    )
    .output(ok(z.object({ proxy_resources: z.array(proxyView), pagination: pagination.extend({ total_pages: z.int() }) }))),
  add: oc
    .route({ method: 'POST', path, summary: 'Add an outbound proxy and check it', tags })
    .input(newProxy)
    .output(ok(z.object({ proxy_resource_id: z.string(), status, health_check_result: proxyCheck }))),
  get: oc
    .route({ method: 'GET', path: `${path}/{proxyId}`, summary: 'One outbound proxy', tags })
    .input(one)
    .output(ok(proxyView)),
  update: oc
    .route({
      method: 'PUT',
      path: `${path}/{proxyId}`,
      summary: 'Change an outbound proxy; what is absent stays',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: one, body: proxyChange }))
    .output(
      ok(
        z.object({ proxy_resource_id: z.string(), updated_fields: z.array(z.string()), effective_immediately: z.literal(true) }),
      ),
    ),
  remove: oc
    .route({ method: 'DELETE', path: `${path}/{proxyId}`, summary: 'Remove an outbound proxy that nobody uses', tags })
    .input(one)
    .output(ok(z.object({ proxy_resource_id: z.string(), deleted: z.literal(true) }))),
  check: oc
    .route({ method: 'POST', path: `${path}/{proxyId}/health-check`, summary: 'Check an outbound proxy now', tags })
    .input(one)
    .output(
      ok(
        z.object({
          proxy_id: z.string(),
          check_timestamp: instant,
          results: proxyCheck,
          status: z.enum(['healthy', 'unhealthy']),
        }),
      ),
    ),
  usage: oc
    .route({ method: 'GET', path: `${path}/{proxyId}/usage-stats`, summary: 'What an outbound proxy carried', tags })
    .input(proxyUsageQuery)
    .output(ok(proxyUsage)),
  getDeployment: oc
    .route({ method: 'GET', path: '/groups/{groupId}/deployment-config', summary: 'How requests of a group leave', tags })
    .input(z.object({ groupId }))
    .output(ok(deploymentConfig)),
  setDeployment: oc
    .route({
      method: 'PUT',
      path: '/groups/{groupId}/deployment-config',
      summary: 'Set how requests of a group leave; what is absent stays',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: deploymentConfigChange }))
    .output(ok(deploymentConfig)),
};
