import { oc } from '@orpc/contract';
import { z } from 'zod';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';
import { carpoolFailover, carpoolGroupServices, carpoolServicesChange, groupServiceInput } from './group-services.ts';

const tags = ['Groups'];
const groupId = idSchema('group');
const params = z.object({ groupId });

export const groupStatus = z.enum(['draft', 'active', 'suspended', 'closed']);
export const deploymentMode = z.enum(['centralized', 'distributed', 'hybrid']);
export type DeploymentMode = z.infer<typeof deploymentMode>;

const tokenLimit = z.int().min(0).nullish();
const usdLimit = z.number().nonnegative().max(9_000_000).nullish();
const limits = z.object({
  global_quota_config: z
    .looseObject({
      max_keys_per_user: z.int().min(1).max(1000).optional(),
      total_token_limit_daily: tokenLimit,
      total_token_limit_monthly: tokenLimit,
      total_token_limit: tokenLimit.describe('in all, for ever'),
      per_user_token_limit_daily: tokenLimit,
      per_user_token_limit_monthly: tokenLimit,
      per_user_token_limit: tokenLimit.describe('in all, for ever'),
    })
    .optional()
    .describe('token limits, each a quota of `GET …/quotas`; taken as a whole: what it leaves out is no limit'),
  cost_limits: z
    .object({ daily_limit: usdLimit, monthly_limit: usdLimit, alert_threshold: z.number().min(0).max(1).optional() })
    .optional()
    .describe('USD of the group, each a quota of `GET …/quotas`; taken as a whole: what it leaves out is no limit'),
});

const settings = z.object({
  name: z.string().trim().min(1).max(100),
  description: z.string().max(2000).default(''),
  max_members: z.int().min(1).max(100_000).default(10),
  deployment_mode: deploymentMode.default('centralized'),
  deployment_node_ids: z
    .array(idSchema('node'))
    .max(1000)
    .nullable()
    .default(null)
    .describe('nodes that serve the group; null: every node that its deployment mode allows'),
  time_zone: z.string().max(64).default('UTC').describe('IANA name; days and months of this group begin there'),
  config_valid_s: z
    .int()
    .min(60)
    .max(31_536_000)
    .nullable()
    .default(86_400)
    .describe('how long a node may serve the group without hearing from the control plane; null: for ever'),
  max_keys_per_user: z.int().min(1).max(1000).default(20),
});

export const newGroup = settings.extend(limits.shape).extend({
  primary_service: z.string().max(50).optional(),
  enabled_services: z.array(z.string().max(50)).max(50).optional(),
  service_failover_enabled: z.boolean().default(true),
  ai_services: z.array(groupServiceInput).max(50).optional(),
});
export type NewGroup = z.infer<typeof newGroup>;

export const groupChange = z.object({
  name: settings.shape.name.optional(),
  description: z.string().max(2000).optional(),
  max_members: z.int().min(1).max(100_000).optional(),
  deployment_mode: deploymentMode.optional(),
  deployment_node_ids: z.array(idSchema('node')).max(1000).nullish(),
  time_zone: z.string().max(64).optional(),
  config_valid_s: z.int().min(60).max(31_536_000).nullish(),
  max_keys_per_user: z.int().min(1).max(1000).optional(),
  service_failover_enabled: z.boolean().optional(),
  status: groupStatus.exclude(['draft']).optional().describe('`active` is refused with 409 until a service has an account'),
  ...limits.shape,
});
export type GroupChange = z.infer<typeof groupChange>;

export const groupSummary = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  member_count: z.int(),
  max_members: z.int(),
  status: groupStatus,
  role: z.enum(['manager', 'member']).nullable().describe('of the caller; null: an administrator from outside'),
  deployment_mode: deploymentMode,
  primary_service: z.string().nullable(),
  enabled_services: z.array(z.string()),
  created_at: instant,
});
export type GroupSummary = z.infer<typeof groupSummary>;

export const groupMember = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(['manager', 'member']),
  status: z.enum(['active', 'suspended']),
  joined_at: instant,
});

export const groupDetail = groupSummary.extend({
  group_id: z.string().describe('the same as `id`'),
  manager: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  members: z.array(groupMember).describe('the first 100; the rest by `GET …/members`'),
  service_failover_enabled: z.boolean(),
  deployment_node_ids: z.array(z.string()).nullable(),
  time_zone: z.string(),
  config_valid_s: z.int().nullable(),
  max_keys_per_user: z.int(),
  global_quota_config: z.record(z.string(), z.json()).nullable(),
  cost_limits: z.record(z.string(), z.number()).nullable(),
  quota_usage: z.object({
    total_tokens_used: z.int().nullable().describe('in the window of that limit, or else this month; null: right after a change'),
    total_token_limit: z.int().nullable().describe('of a month, or else of a day, or else in all; null: none'),
    active_keys: z.int(),
  }),
  updated_at: instant,
  notices: z.array(z.string()).describe('what the caller should know about the settings above'),
});
export type GroupDetail = z.infer<typeof groupDetail>;

const changed = <T extends z.ZodType>(data: T) => ok(data).extend({ message: z.string() });

export const groupsContract = {
  create: oc
    .route({ method: 'POST', path: '/carpool/groups', summary: 'Create a group; it begins as a draft', tags })
    .input(newGroup)
    .output(ok(groupDetail)),
  list: oc
    .route({ method: 'GET', path: '/carpool/groups', summary: 'Groups of the caller; all groups for administrators', tags })
    .input(pageQuery.extend({ status: groupStatus.optional() }))
    .output(ok(z.object({ groups: z.array(groupSummary), pagination }))),
  get: oc
    .route({ method: 'GET', path: '/carpool/groups/{groupId}', summary: 'One group', tags })
    .input(params)
    .output(ok(groupDetail)),
  update: oc
    .route({
      method: 'PATCH',
      path: '/carpool/groups/{groupId}',
      summary: 'Change, activate, suspend a group',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: groupChange }))
    .output(ok(groupDetail)),
  close: oc
    .route({ method: 'DELETE', path: '/carpool/groups/{groupId}', summary: 'Close a group for good; its books stay', tags })
    .input(params)
    .output(ok(z.object({ id: z.string(), status: z.literal('closed') }))),
  members: oc
    .route({ method: 'GET', path: '/carpool/groups/{groupId}/members', summary: 'Members of a group', tags })
    .input(pageQuery.extend(params.shape))
    .output(ok(z.object({ members: z.array(groupMember), pagination }))),
  getServices: oc
    .route({ method: 'GET', path: '/carpool/groups/{groupId}/ai-services', summary: 'How a group uses its services', tags })
    .input(params)
    .output(ok(carpoolGroupServices)),
  setServices: oc
    .route({
      method: 'PUT',
      path: '/carpool/groups/{groupId}/ai-services',
      summary: 'Set which services a group uses, and how',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: carpoolServicesChange }))
    .output(changed(carpoolGroupServices)),
  setFailover: oc
    .route({
      method: 'PUT',
      path: '/carpool/groups/{groupId}/ai-services/failover',
      summary: 'Set whether, and in which order, a request goes on to the next service',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: carpoolFailover }))
    .output(changed(carpoolGroupServices)),
};
