import { oc } from '@orpc/contract';
import { z } from 'zod';
import { feature } from '../../edge/config/usage-limits.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';

const tags = ['API keys'];
const params = z.object({ keyId: idSchema('key') });

const limits = {
  token_limit: z
    .int()
    .min(0)
    .nullish()
    .describe('tokens that the key may use in all, within what its member and group may; null or absent: no limit of its own'),
  rate_limit_window: z.int().min(1).max(86_400).nullish().describe('seconds'),
  rate_limit_requests: z.int().min(1).max(1_000_000).nullish().describe('requests per window, on all nodes together'),
  enable_model_restriction: z.boolean().optional().describe('false: `restricted_models` has no effect'),
  restricted_models: z.array(z.string().min(1).max(200)).max(500).nullish().describe('the only models that the key may use'),
  expires_at: z.iso.datetime({ offset: true }).nullish().describe('null or absent: never'),
  ip_allowlist: z
    .array(z.string().trim().min(1).max(64))
    .max(200)
    .nullish()
    .describe('addresses or CIDRs that callers must come from; null or absent: anywhere'),
  denied_models: z
    .array(z.string().trim().min(1).max(200))
    .max(500)
    .nullish()
    .describe('names, `*` is a wild card; they win over `restricted_models`'),
  denied_features: z.array(feature).max(20).nullish().describe('a request that makes use of one is refused'),
  tokens_per_minute: z.int().min(1).max(2_000_000_000).nullish().describe('on all nodes together, over a sliding minute'),
  concurrency: z.int().min(1).max(100_000).nullish().describe('requests at once, on all nodes together'),
};
const name = z.string().trim().min(1).max(100);

export const newKey = z.object({
  name,
  description: z.string().max(1000).default(''),
  group_id: idSchema('group').optional().describe('may be left out by someone who is in exactly one group'),
  ...limits,
});
export type NewKey = z.infer<typeof newKey>;

export const keyChange = z.object({
  name: name.optional(),
  description: z.string().max(1000).optional(),
  status: z.enum(['active', 'disabled']).optional(),
  ...limits,
});
export type KeyChange = z.infer<typeof keyChange>;

export const userKey = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  group_id: z.string(),
  group_name: z.string(),
  user_id: z.string(),
  status: z.enum(['active', 'disabled', 'expired']),
  key_hint: z.string().describe('the last four characters'),
  token_limit: z.int().nullable(),
  rate_limit_window: z.int().nullable(),
  rate_limit_requests: z.int().nullable(),
  enable_model_restriction: z.boolean(),
  restricted_models: z.array(z.string()),
  expires_at: instant.nullable(),
  ip_allowlist: z.array(z.string()).nullable(),
  denied_models: z.array(z.string()),
  denied_features: z.array(feature),
  tokens_per_minute: z.int().nullable(),
  concurrency: z.int().nullable(),
  tokens_used: z.int().nullable().describe('of `token_limit`; null: it has none, ask `GET /user/api-keys/{id}/usage`'),
  last_used_at: instant.nullable().describe('null: never, or not known here'),
  created_at: instant,
  updated_at: instant,
  notices: z.array(z.string()).describe('what the owner should know about the settings above'),
});
export type UserKey = z.infer<typeof userKey>;

/** How far a change has come. What `in_force_by` says holds whatever becomes of the network: a node that hears nothing stops by itself. */
export const changeProgress = z.object({
  version: z.int().nullable().describe('of the config that brought it; null: too long ago to be known, and long in force'),
  nodes_confirmed: z.int(),
  nodes_total: z.int().describe('that serve the group, or did'),
  pending: z
    .array(
      z.object({
        node_id: z.string(),
        node_name: z.string(),
        stops_at: instant
          .nullable()
          .describe('by then it serves the group no more unless it has confirmed; null: the group lets it go on for ever'),
      }),
    )
    .max(1000)
    .describe('at most 1,000 of them'),
  in_force_by: instant
    .nullable()
    .describe('everywhere; now where all have confirmed; null: not certain, for a node may go on for ever'),
});
export type ChangeProgress = z.infer<typeof changeProgress>;

export const issuedKey = userKey.extend({ api_key: z.string().describe('the key itself; shown this once') });
export type IssuedKey = z.infer<typeof issuedKey>;

const path = '/user/api-keys';

export const keysContract = {
  issue: oc.route({ method: 'POST', path, summary: 'Create a personal key', tags }).input(newKey).output(ok(issuedKey)),
  list: oc
    .route({ method: 'GET', path, summary: 'Keys of the caller; administrators and managers may ask for others', tags })
    .input(pageQuery.extend({ group_id: idSchema('group').optional(), user_id: idSchema('user').optional() }))
    .output(ok(z.object({ keys: z.array(userKey), pagination }))),
  get: oc
    .route({ method: 'GET', path: `${path}/{keyId}`, summary: 'One key', tags })
    .input(params)
    .output(ok(userKey)),
  update: oc
    .route({
      method: 'PATCH',
      path: `${path}/{keyId}`,
      summary: 'Rename, limit, disable or enable a key',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params, body: keyChange }))
    .output(ok(userKey)),
  revoke: oc
    .route({ method: 'DELETE', path: `${path}/{keyId}`, summary: 'Revoke a key for good; its books stay', tags })
    .input(params)
    .output(ok(z.object({ id: z.string(), status: z.literal('deleted'), progress: changeProgress }))),
  progress: oc
    .route({
      method: 'GET',
      path: `${path}/{keyId}/progress`,
      summary: 'Which nodes have confirmed the last change of a key (also of a revoked one), and by when the others stop',
      tags,
    })
    .input(params)
    .output(ok(changeProgress)),
  rotate: oc
    .route({
      method: 'POST',
      path: `${path}/{keyId}/rotate`,
      summary: 'Replace the text of a key; the old one stops at once',
      tags,
    })
    .input(params)
    .output(ok(issuedKey)),
};
