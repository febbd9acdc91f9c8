import { z } from 'zod';
import { authMethod, modelAlias } from '../../edge/config/group.ts';
import { instant } from '../envelope.ts';
import { serviceHealthView } from './health.ts';

const serviceName = z.string().min(1).max(50);
const models = z.array(z.string().min(1).max(200)).max(2000);
const quotaConfig = z.record(z.string().max(60), z.number().nonnegative());

/** How a group uses one service, as it is asked for: the whole of it, so what is absent gets the default named here. */
export const groupServiceInput = z.object({
  service_name: serviceName,
  enabled: z.boolean().optional().describe('absent: true, or as `enabled_services` says'),
  priority: z.int().min(-1000).max(1000).optional().describe('smaller is tried first; absent: in the order of the list'),
  auth_method: authMethod.default('shared_account'),
  model_aliases: z
    .array(modelAlias)
    .max(200)
    .optional()
    .describe(
      'names of models as callers say them and as this service knows them; `*` is a wild card, the first that fits counts; absent: those before stay',
    ),
  shared_credentials: z
    .object({ encrypted_data: z.string().max(20_000).optional() })
    .nullish()
    .describe('taken nowhere, and `notices` says so: add accounts with POST …/upstream-accounts, where credentials are sealed'),
  quota_config: quotaConfig
    .nullish()
    .describe(
      '`daily_token_limit`, `monthly_token_limit` and `token_limit` (in all) of this service, each a quota of `GET …/quotas`',
    ),
  model_whitelist: models.nullish().describe('null: every model of the service; []: none'),
  model_blacklist: models.optional(),
  proxy_enabled: z.boolean().default(false).describe('its requests leave through the outbound proxies of the group'),
  weight: z.int().min(0).max(10_000).default(100),
});
export type GroupServiceInput = z.infer<typeof groupServiceInput>;

/** Services that are not named stay with the group, disabled. */
export const carpoolServicesChange = z.object({
  primary_service: serviceName.optional(),
  enabled_services: z.array(serviceName).max(50).optional(),
  service_failover_enabled: z.boolean().optional(),
  services: z.array(groupServiceInput).max(50).optional(),
});
export type GroupServicesChange = z.infer<typeof carpoolServicesChange>;

const failoverConditions = {
  trigger_conditions: z
    .object({
      error_rate_threshold: z.number().min(0).max(1).optional().describe('of at least 20 requests in 30 s; absent: 0.5'),
      response_time_threshold_ms: z
        .int()
        .min(1)
        .max(600_000)
        .optional()
        .describe('slower first bytes on average count as degraded; absent: never'),
      consecutive_failures: z.int().min(1).max(1000).optional().describe('absent: 3'),
    })
    .optional(),
  recovery_conditions: z
    .object({
      success_rate_threshold: z.number().min(0).max(1).optional().describe('of the requests since it came back on trial'),
      consecutive_successes: z.int().min(1).max(1000).optional().describe('absent: 5'),
      check_interval_minutes: z.number().min(0.05).max(1440).optional().describe('fractions are taken; absent: 5'),
    })
    .optional(),
};

export const carpoolFailover = z.object({
  enabled: z.boolean(),
  failover_chain: z.array(serviceName).max(50).optional().describe('tried in this order; the others come after them'),
  ...failoverConditions,
});
export type FailoverChange = z.infer<typeof carpoolFailover>;

export const carpoolGroupServices = z.object({
  primary_service: serviceName.nullable().describe('the enabled service that is tried first'),
  enabled_services: z.array(serviceName),
  service_failover_enabled: z.boolean(),
  failover: z.object(failoverConditions),
  services: z.array(
    z.object({
      service_id: serviceName,
      service_name: serviceName,
      enabled: z.boolean(),
      priority: z.int(),
      auth_method: authMethod,
      quota_config: quotaConfig.nullable(),
      model_whitelist: models.nullable(),
      model_blacklist: models,
      proxy_enabled: z.boolean(),
      model_aliases: z.array(modelAlias),
      weight: z.int(),
      health: serviceHealthView,
      status: z.enum(['active', 'disabled', 'no_account', 'service_inactive']).describe('can a request be served by it?'),
      last_used_at: instant.nullable().describe('null: not known here; see the statistics'),
    }),
  ),
  notices: z.array(z.string()),
});
export type GroupServices = z.infer<typeof carpoolGroupServices>;
