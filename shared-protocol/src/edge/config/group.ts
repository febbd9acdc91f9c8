import { z } from 'zod';
import { feature, noUsageLimits, usageLimits } from './usage-limits.ts';

/** Whose credential a request leaves with. */
export const authMethod = z
  .enum(['shared_account', 'individual_keys', 'proxy_auth'])
  .describe(
    'shared_account: accounts of the group; individual_keys: the account that the calling member owns, and no other; ' +
      'proxy_auth: an account whose base URL is an authentication proxy, which is also told who calls',
  );
export type AuthMethod = z.infer<typeof authMethod>;

/** `from` may hold `*`; a `*` in `to` stands for what the first `*` of `from` matched. The first rule that fits counts. */
export const modelAlias = z.object({ from: z.string().min(1).max(200), to: z.string().min(1).max(200) });
export type ModelAlias = z.infer<typeof modelAlias>;

/** How a group uses one service. */
export const groupService = z.object({
  service: z.string().min(1).max(50).describe('id of a service resource'),
  enabled: z.boolean(),
  priority: z.int().describe('smaller is tried first'),
  weight: z.int().min(0).max(10_000),
  model_whitelist: z.array(z.string()).nullable().describe('null: every model of the service; []: none'),
  model_blacklist: z.array(z.string()).describe('[]: none refused; wins over the whitelist'),
  auth_method: authMethod.default('shared_account'),
  model_aliases: z
    .array(modelAlias)
    .max(200)
    .default([])
    .describe('names of models as callers say them, and as this service knows them'),
  proxy_enabled: z
    .boolean()
    .default(false)
    .describe('requests leave through the proxies of the group, unless an account names its own'),
});
export type GroupService = z.infer<typeof groupService>;

export const routingStrategy = z
  .enum(['priority', 'weight', 'cost', 'performance', 'capability'])
  .describe(
    'priority: the order of the services; weight: chance by weight; cost: cheapest price of the model first; ' +
      'performance: measured success, then latency; capability: services that know the model itself and what it needs first',
  );
export type RoutingStrategy = z.infer<typeof routingStrategy>;

export const groupRouting = z.object({
  strategy: routingStrategy.default('priority'),
  sticky: z.boolean().default(true).describe('a session stays with one account, for its prompt cache'),
  translation: z
    .boolean()
    .default(true)
    .describe('may a service of another format answer? One of the same format always goes first'),
  substitution: z.boolean().default(false).describe('may a similar or smaller model answer where the asked one cannot?'),
});
export type GroupRouting = z.infer<typeof groupRouting>;

/** When a service or account counts as failed, and when as well again. */
export const healthRules = z.object({
  consecutive_failures: z.int().positive().default(3),
  error_rate: z.number().min(0).max(1).default(0.5).describe('of at least 20 requests in 30 s'),
  response_time_ms: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('slower first bytes on average count as degraded; null: never'),
  consecutive_successes: z.int().positive().default(5),
  success_rate: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('besides: of the requests since it came back on trial'),
  check_interval_s: z.int().min(1).max(86_400).default(300).describe('idle accounts are checked this often, at no cost'),
});
export type HealthRules = z.infer<typeof healthRules>;

/** How requests of a group leave the node where proxies are switched on. */
export const egress = z.object({
  strategy: z.enum(['fixed', 'round_robin', 'random', 'geo_optimal']).describe('fixed: the first that is well'),
  proxies: z.array(z.string()).max(1000).describe('ids of proxy resources in this scope, in order of preference'),
  sticky: z.boolean().describe('a member stays with one proxy as long as it is well'),
  members: z
    .record(z.string(), z.string())
    .default({})
    .describe('user id → id of the proxy that is tried first for him; where it is not well he leaves like the others'),
  direct_fallback: z.boolean().describe('no proxy is well: leave directly (true) or refuse (false)'),
});
export type Egress = z.infer<typeof egress>;

/** Group scope, kind `group`: one per scope, its id is the scope. */
export const groupResource = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['draft', 'active', 'suspended', 'closed']).describe('anything but active: its keys are refused with 403'),
  time_zone: z.string().describe('IANA name; days and months of this group begin there'),
  failover_enabled: z.boolean().describe('may a request go on to the next account or service before its first byte?'),
  config_valid_s: z
    .int()
    .positive()
    .nullable()
    .describe('how long the node may serve this group without hearing from the control plane; null: for ever'),
  services: z.array(groupService).max(50),
  routing: groupRouting.default({ strategy: 'priority', sticky: true, translation: true, substitution: false }),
  health: healthRules.default(healthRules.parse({})),
  limits: usageLimits.default(noUsageLimits).describe('of the whole group'),
  member_limits: usageLimits.default(noUsageLimits).describe('of each member'),
  denied_features: z.array(feature).default([]),
  egress: egress.nullable().default(null).describe('null: no proxies; requests leave directly'),
});
export type GroupResource = z.infer<typeof groupResource>;
