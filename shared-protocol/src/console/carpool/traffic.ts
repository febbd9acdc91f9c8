import { oc } from '@orpc/contract';
import { z } from 'zod';
import { groupRouting, routingStrategy } from '../../edge/config/group.ts';
import { feature } from '../../edge/config/usage-limits.ts';
import { signalKind } from '../../edge/signals.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';

const tags = ['Traffic of groups'];
const params = z.object({ groupId: idSchema('group') });
const path = '/carpool/groups/{groupId}';

/** How the requests of a group find an account. */
export const routingSettings = z.object({
  strategy: routingStrategy,
  sticky: groupRouting.shape.sticky.unwrap(),
  translation: groupRouting.shape.translation.unwrap(),
  substitution: groupRouting.shape.substitution.unwrap(),
});
export type RoutingSettings = z.infer<typeof routingSettings>;
export const routingChange = routingSettings.partial();
export type RoutingChange = z.infer<typeof routingChange>;

const deniedFeatures = z.array(feature).max(20).describe('a request that makes use of one is refused, never trimmed');

/** How much may go on; null: no such limit. Each node counts for itself. */
export const trafficLimits = z.object({
  rate_limit_requests: z.int().min(1).max(10_000_000).nullable().describe('requests per window; goes with rate_limit_window'),
  rate_limit_window: z.int().min(1).max(86_400).nullable().describe('seconds'),
  tokens_per_minute: z.int().min(1).max(2_000_000_000).nullable().describe('input and output together, over a sliding minute'),
  concurrency: z.int().min(1).max(100_000).nullable().describe('requests at once; more wait in a bounded queue'),
});
export type TrafficLimits = z.infer<typeof trafficLimits>;

export const groupLimits = z.object({
  group: trafficLimits.describe('of the whole group'),
  member: trafficLimits.describe('of each member'),
  denied_features: deniedFeatures,
});
export type GroupLimits = z.infer<typeof groupLimits>;

export const groupLimitsChange = z.object({
  group: trafficLimits.partial().optional().describe('what is absent stays; null removes a limit'),
  member: trafficLimits.partial().optional().describe('what is absent stays; null removes a limit'),
  denied_features: deniedFeatures.optional(),
  reason: z.string().trim().max(500).optional().describe('why; kept in the audit log'),
});
export type GroupLimitsChange = z.infer<typeof groupLimitsChange>;

/** The last five are noticed by the control plane, the others by nodes. */
export const groupEventKind = z.enum([
  ...signalKind.options,
  'account_needs_sign_in',
  'account_signed_in',
  'account_expires_soon',
  'quota_near',
  'quota_reached',
]);
export type GroupEventKind = z.infer<typeof groupEventKind>;

export const groupEvent = z.object({
  id: z.string(),
  kind: groupEventKind,
  at: instant.describe('by the clock of the node that noticed it'),
  node_id: z.string().nullable().describe('null: the control plane noticed it itself'),
  service_name: z.string().nullable(),
  upstream_id: z.string().nullable(),
  upstream_name: z.string().nullable(),
  proxy_id: z.string().nullable(),
  reason: z.string(),
  until: instant.nullable().describe('when it is tried again; null: not known'),
  count: z.int().describe('how often since the last event of this kind about the same thing'),
});
export type GroupEvent = z.infer<typeof groupEvent>;

export const trafficContract = {
  getRouting: oc
    .route({ method: 'GET', path: `${path}/routing`, summary: 'How requests of a group find an account', tags })
    .input(params)
    .output(ok(routingSettings)),
  setRouting: oc
    .route({
      method: 'PUT',
      path: `${path}/routing`,
      summary: 'Set how requests of a group find an account; what is absent stays',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: routingChange }))
    .output(ok(routingSettings)),
  getLimits: oc
    .route({ method: 'GET', path: `${path}/limits`, summary: 'How much a group and its members may do at once', tags })
    .input(params)
    .output(ok(groupLimits)),
  setLimits: oc
    .route({
      method: 'PUT',
      path: `${path}/limits`,
      summary: 'Set how much a group and its members may do at once; what is absent stays',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: groupLimitsChange }))
    .output(ok(groupLimits)),
  events: oc
    .route({
      method: 'GET',
      path: `${path}/events`,
      summary: 'What happened to accounts, services and proxies of a group in the last 30 days, newest first',
      tags,
    })
    .input(pageQuery.extend({ ...params.shape, kind: groupEventKind.optional() }))
    .output(ok(z.object({ events: z.array(groupEvent), pagination }))),
};
