import { oc } from '@orpc/contract';
import { z } from 'zod';
import { authMethod, egress, groupRouting, modelAlias } from '../../edge/config/group.ts';
import { quotaMode, quotaUnit, quotaWindow } from '../../edge/config/quota.ts';
import { feature, usageLimits } from '../../edge/config/usage-limits.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';
import { carpoolFailover } from './group-services.ts';

const tags = ['Config versions'];
const path = '/carpool/groups/{groupId}';
const params = z.object({ groupId: idSchema('group') });
const version = z.coerce.number().int().nonnegative();
const names = z.array(z.string().min(1).max(200)).max(2000);
const amounts = z.record(z.string().max(60), z.json());

/** The settings of a group that its manager sets. Who is in it, its state and its keys are no config. */
const groupPart = z.object({
  name: z.string().trim().min(1).max(100),
  description: z.string().max(2000),
  max_members: z.int().min(1).max(100_000),
  max_keys_per_user: z.int().min(1).max(1000),
  deployment_mode: z.enum(['centralized', 'distributed', 'hybrid']),
  deployment_node_ids: z.array(z.string().max(64)).max(1000).nullable(),
  time_zone: z.string().max(64),
  config_valid_s: z.int().min(60).max(31_536_000).nullable(),
  failover_enabled: z.boolean(),
  failover_conditions: carpoolFailover.pick({ trigger_conditions: true, recovery_conditions: true }),
  routing: groupRouting.partial(),
  limits: z.object({ group: usageLimits.optional(), member: usageLimits.optional() }),
  denied_features: z.array(feature).max(20),
  egress: egress.extend({ version: z.int().optional(), updatedAt: z.string().optional() }).nullable(),
  global_quota_config: amounts.nullable(),
  cost_limits: z.record(z.string().max(60), z.number().nonnegative()).nullable(),
});

const servicePart = z.object({
  service_id: z.string().min(1).max(50),
  enabled: z.boolean(),
  priority: z.int().min(-1000).max(1000),
  weight: z.int().min(0).max(10_000),
  model_whitelist: names.nullable(),
  model_blacklist: names,
  auth_method: authMethod,
  quota_config: z.record(z.string().max(60), z.number().nonnegative()).nullable(),
  proxy_enabled: z.boolean(),
  model_aliases: z.array(modelAlias).max(200),
});

const quotaPart = z.object({
  id: idSchema('quota'),
  of: z.enum(['group', 'member', 'key']),
  subject: z.string().max(64).nullable(),
  service_id: z.string().max(50).nullable(),
  unit: quotaUnit,
  window: quotaWindow,
  limit: z.int().nonnegative(),
  mode: quotaMode,
  when_dry: z.enum(['cut', 'overrun']),
  max_output_tokens: z.int().positive().nullable(),
  overdraft: z.int().nonnegative(),
  strict: z.boolean(),
  alert_percent: z.int().min(1).max(100),
  origin: z.enum(['quota', 'group', 'service']),
});

const accountPart = z.object({
  id: idSchema('upstream'),
  name: z.string().min(1).max(100),
  service_id: z.string().min(1).max(50),
  auth_type: z.enum(['api_key', 'oauth', 'bearer_token']),
  base_url: z.string().max(500).nullable(),
  priority: z.int(),
  weight: z.int().min(0).max(10_000),
  status: z.enum(['active', 'disabled']),
  owner_id: z.string().nullable(),
  concurrency: z.int().positive().nullable(),
  proxy_id: z.string().nullable(),
});

/** A group's configuration as one document: no secret, no person, no key. */
export const groupConfig = z.object({
  format: z.literal('aicarpool-group/1'),
  group: groupPart,
  services: z.array(servicePart).max(50),
  quotas: z.array(quotaPart).max(10_000),
  accounts: z
    .array(accountPart)
    .max(10_000)
    .describe('only accounts that the group already has are changed; none is made or removed'),
});
export type GroupConfig = z.infer<typeof groupConfig>;

export const configChange = z.object({
  part: z.enum(['group', 'service', 'quota', 'account']),
  id: z.string().nullable().describe('of the service, quota or account; null: the group itself'),
  field: z.string().nullable().describe('null: all of it comes or goes'),
  before: z.json().describe('null: it was not there'),
  after: z.json().describe('null: it goes'),
});
export type ConfigChange = z.infer<typeof configChange>;

export const configPlan = z.object({
  changes: z.array(configChange),
  left_out: z
    .array(z.object({ part: z.string(), id: z.string(), reason: z.string() }))
    .describe('what cannot be had here, and why'),
  version: z.int().describe('of the config that it was compared with'),
});
export type ConfigPlan = z.infer<typeof configPlan>;

export const configDone = configPlan.extend({
  applied: z.boolean().describe('false: nothing had to change, or it was only asked what would'),
});

export type ConfigDone = z.infer<typeof configDone>;

export const configVersion = z.object({
  version: z.int(),
  at: instant,
  by: z
    .object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() })
    .nullable()
    .describe('null: not known'),
  action: z.string().nullable(),
  changed: z.array(z.object({ kind: z.string(), id: z.string(), gone: z.boolean() })),
});
export type ConfigVersion = z.infer<typeof configVersion>;

const one = params.extend({ version });
const body = z.object({
  reason: z.string().max(500).optional().describe('kept in the audit'),
  expected_version: z.int().optional().describe('of the plan that was looked at: 409 `config_moved` if the config changed since'),
});

export const versionsContract = {
  list: oc
    .route({ method: 'GET', path: `${path}/config-versions`, summary: 'What the config of a group was, change by change', tags })
    .input(pageQuery.extend(params.shape))
    .output(ok(z.object({ versions: z.array(configVersion), pagination }))),
  get: oc
    .route({ method: 'GET', path: `${path}/config-versions/{version}`, summary: 'The config of a group as it was', tags })
    .input(one)
    .output(ok(groupConfig)),
  preview: oc
    .route({
      method: 'GET',
      path: `${path}/config-versions/{version}/changes`,
      summary: 'What restoring a version would change',
      tags,
    })
    .input(one)
    .output(ok(configPlan)),
  restore: oc
    .route({
      method: 'POST',
      path: `${path}/config-versions/{version}/restore`,
      summary: 'Restore a version, as a new one; keys, people and credentials stay as they are',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: one, body: body.default({}) }))
    .output(ok(configDone)),
  export: oc
    .route({ method: 'GET', path: `${path}/config`, summary: 'The config of a group as one document, without secrets', tags })
    .input(params)
    .output(ok(groupConfig)),
  import: oc
    .route({
      method: 'PUT',
      path: `${path}/config`,
      summary: 'Make the config of a group what a document says; `dry_run` only says what would change',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: body.extend({ config: groupConfig, dry_run: z.boolean().default(false) }) }))
    .output(ok(configDone)),
};
