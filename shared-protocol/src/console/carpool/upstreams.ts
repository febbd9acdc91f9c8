import { oc } from '@orpc/contract';
import { z } from 'zod';
import { authType } from '../../edge/service.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';

const tags = ['Upstream accounts'];
const groupId = idSchema('group');
const one = z.object({ groupId, upstreamId: idSchema('upstream') });
const secret = z.string().trim().min(1).max(16_000);

/** The secret itself, or an object that holds it as `api_key`, `access_token` or `token`. */
export const credentialInput = z.union(
  [secret, z.strictObject({ api_key: secret }), z.strictObject({ access_token: secret }), z.strictObject({ token: secret })],
  { error: 'credential must be the secret as text, or {"api_key": …}, {"access_token": …} or {"token": …}' },
);
export type CredentialInput = z.infer<typeof credentialInput>;

const fields = {
  name: z.string().trim().min(1).max(100),
  base_url: z.string().trim().max(500).nullish().describe('wins over the base URL of the service; null: the service decides'),
  priority: z.int().min(-1000).max(1000),
  weight: z.int().min(0).max(10_000),
  status: z.enum(['active', 'disabled']),
};

export const newUpstream = z.object({
  service_name: z.string().min(1).max(50),
  name: fields.name,
  auth_type: authType.default('api_key'),
  credential: credentialInput,
  base_url: fields.base_url,
  proxy_resource_id: z.null({ error: 'this installation has no outbound proxies yet; leave proxy_resource_id out' }).optional(),
  priority: fields.priority.default(1).describe('smaller is tried first'),
  weight: fields.weight.default(100).describe('share among accounts of equal priority; 0: only when nothing else is left'),
  status: fields.status.default('active'),
});
export type NewUpstream = z.infer<typeof newUpstream>;

export const upstreamChange = z.object({
  name: fields.name.optional(),
  credential: credentialInput.optional(),
  base_url: fields.base_url,
  priority: fields.priority.optional(),
  weight: fields.weight.optional(),
  status: fields.status.optional(),
});
export type UpstreamChange = z.infer<typeof upstreamChange>;

export const upstreamAccount = z.object({
  id: z.string(),
  group_id: z.string(),
  service_name: z.string(),
  name: z.string(),
  auth_type: authType,
  credential_hint: z.string().nullable().describe('the last four characters; null: the secret is too short to show any'),
  base_url: z.string().nullable(),
  priority: z.int(),
  weight: z.int(),
  status: fields.status,
  created_at: instant,
  updated_at: instant,
  notices: z.array(z.string()).describe('what the person who adds such an account should know'),
});
export type UpstreamAccount = z.infer<typeof upstreamAccount>;

const path = '/carpool/groups/{groupId}/upstream-accounts';

export const upstreamsContract = {
  add: oc
    .route({
      method: 'POST',
      path,
      summary: 'Add a provider account; its secret is never shown again',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: newUpstream }))
    .output(ok(upstreamAccount)),
  list: oc
    .route({ method: 'GET', path, summary: 'Provider accounts of a group', tags })
    .input(pageQuery.extend({ groupId, service_name: z.string().max(50).optional() }))
    .output(ok(z.object({ upstream_accounts: z.array(upstreamAccount), pagination }))),
  get: oc
    .route({ method: 'GET', path: `${path}/{upstreamId}`, summary: 'One provider account', tags })
    .input(one)
    .output(ok(upstreamAccount)),
  update: oc
    .route({
      method: 'PATCH',
      path: `${path}/{upstreamId}`,
      summary: 'Rename an account, replace its secret, rest or wake it',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: one, body: upstreamChange }))
    .output(ok(upstreamAccount)),
  remove: oc
    .route({ method: 'DELETE', path: `${path}/{upstreamId}`, summary: 'Remove an account and forget its secret', tags })
    .input(one)
    .output(ok(z.object({ id: z.string(), deleted: z.literal(true) }))),
};
