import { oc } from '@orpc/contract';
import { z } from 'zod';
import { authType } from '../../edge/config/service.ts';
import { idSchema } from '../../ids.ts';
import { instant, ok, pageQuery, pagination } from '../envelope.ts';
import { accountHealthView } from './health.ts';

const tags = ['Upstream accounts'];
const groupId = idSchema('group');
const one = z.object({ groupId, upstreamId: idSchema('upstream') });
const secret = z.string().trim().min(1).max(16_000);

/** A pair of keys of AWS, and the key file of a Google service account, as their makers write them. */
const awsKeys = z.strictObject({ access_key_id: secret, secret_access_key: secret, session_token: secret.optional() });
const serviceAccount = z.looseObject({ type: z.literal('service_account'), client_email: secret, private_key: secret });

/** The secret itself, or an object that holds it as `api_key`, `access_token` or `token`; or keys of AWS or Google. */
export const credentialInput = z.union(
  [
    secret,
    z.strictObject({ api_key: secret }),
    z.strictObject({ access_token: secret }),
    z.strictObject({ token: secret }),
    awsKeys,
    serviceAccount,
  ],
  {
    error:
      'credential must be the secret as text, {"api_key": …}, {"access_token": …} or {"token": …}; for Bedrock also ' +
      '{"access_key_id", "secret_access_key"}, for Vertex the JSON key of a service account',
  },
);
export type CredentialInput = z.infer<typeof credentialInput>;

const fields = {
  name: z.string().trim().min(1).max(100),
  base_url: z.string().trim().max(500).nullish().describe('wins over the base URL of the service; null: the service decides'),
  priority: z.int().min(-1000).max(1000),
  weight: z.int().min(0).max(10_000),
  status: z.enum(['active', 'disabled']),
  concurrency: z.int().min(1).max(100_000).nullish().describe('requests at once, on all nodes together; null: no cap'),
  proxy_resource_id: idSchema('proxy').nullish().describe('the outbound proxy it leaves through; null: as the group says'),
  expires_at: z.iso.datetime({ offset: true }).nullish().describe('when the credential stops working; null: not known'),
};

export const newUpstream = z.object({
  service_name: z.string().min(1).max(50),
  name: fields.name,
  auth_type: authType.default('api_key'),
  credential: credentialInput,
  base_url: fields.base_url,
  proxy_resource_id: fields.proxy_resource_id,
  priority: fields.priority.default(1).describe('smaller is tried first'),
  weight: fields.weight.default(100).describe('share among accounts of equal priority; 0: only when nothing else is left'),
  status: fields.status.default('active'),
  concurrency: fields.concurrency,
  expires_at: fields.expires_at,
});
export type NewUpstream = z.infer<typeof newUpstream>;

export const upstreamChange = z.object({
  name: fields.name.optional(),
  credential: credentialInput.optional(),
  base_url: fields.base_url,
  proxy_resource_id: fields.proxy_resource_id,
  priority: fields.priority.optional(),
  weight: fields.weight.optional(),
  status: fields.status.optional(),
  concurrency: fields.concurrency,
  expires_at: fields.expires_at,
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
  concurrency: z.int().nullable(),
  proxy_resource_id: z.string().nullable(),
  owner_id: z.string().nullable().describe('the member whose own account it is; null: shared by the group'),
  expires_at: instant.nullable().describe('when the credential stops working; null: not known'),
  sign_in: z
    .object({
      state: z.enum(['signed_in', 'needs_sign_in']).describe('needs_sign_in: the provider refused to renew it'),
      refreshed_at: instant,
      next_refresh_at: instant.nullable(),
      last_error: z.string().nullable(),
    })
    .nullable()
    .describe('of an account that somebody signed in with OAuth; null: any other'),
  health: accountHealthView,
  created_at: instant,
  updated_at: instant,
  notices: z.array(z.string()).describe('what the person who adds such an account should know'),
});
export type UpstreamAccount = z.infer<typeof upstreamAccount>;

/** An account that a member brings for himself; only his requests use it. */
export const newOwnUpstream = z.object({
  group_id: groupId,
  service_name: newUpstream.shape.service_name.describe('a service that the group uses with auth_method individual_keys'),
  name: fields.name,
  auth_type: newUpstream.shape.auth_type,
  credential: credentialInput,
  priority: newUpstream.shape.priority,
  concurrency: fields.concurrency,
  expires_at: fields.expires_at,
});
export type NewOwnUpstream = z.infer<typeof newOwnUpstream>;

export const ownUpstreamChange = upstreamChange.omit({ base_url: true, proxy_resource_id: true, weight: true });
export type OwnUpstreamChange = z.infer<typeof ownUpstreamChange>;

export const upstreamImport = z.object({
  format: z.enum(['csv', 'json']),
  content: z
    .string()
    .max(1_000_000)
    .describe('CSV with a head line, or a JSON array of objects; the columns are the fields of an account, at most 1,000 rows'),
  dry_run: z.boolean().default(true).describe('true: say what would happen, change nothing'),
  atomic: z.boolean().default(false).describe('true: import nothing unless every row is good'),
});
export type UpstreamImport = z.infer<typeof upstreamImport>;

export const upstreamImportReport = z.object({
  dry_run: z.boolean(),
  imported: z.int().describe('rows that were imported, or would be'),
  failed: z.int(),
  rows: z.array(
    z.object({
      row: z.int().describe('1 is the first after the head line'),
      name: z.string().nullable(),
      service_name: z.string().nullable(),
      status: z.enum(['ok', 'error', 'skipped']).describe('skipped: good, but left out because another row is not (atomic)'),
      upstream_id: z.string().nullable().describe('null in a dry run'),
      errors: z.array(
        z.object({
          field: z.string().nullable(),
          code: z.string(),
          message: z.string().describe('what is wrong and what to do; never holds the secret'),
        }),
      ),
    }),
  ),
  notices: z.array(z.string()),
});
export type UpstreamImportReport = z.infer<typeof upstreamImportReport>;

export const signInStart = z.object({
  service_name: newUpstream.shape.service_name,
  name: fields.name,
  flow: z.enum(['code', 'device']).default('code').describe('which of the ways that `sign_in` of the service lists'),
  personal: z.boolean().default(false).describe('true: an account of the caller alone, as by POST /user/upstream-accounts'),
  upstream_id: idSchema('upstream').optional().describe('sign in anew to this account, in place of adding one'),
  priority: newUpstream.shape.priority,
  weight: newUpstream.shape.weight,
  base_url: fields.base_url,
  concurrency: fields.concurrency,
});
export type SignInStart = z.infer<typeof signInStart>;

export const signInStarted = z.object({
  flow: z.enum(['code', 'device']),
  state: z.string().describe('names this sign-in; good once, for ten minutes, for whoever began it'),
  expires_at: instant,
  authorization_url: z.string().nullable().describe('code: open it, sign in, then paste the address that the browser ends at'),
  user_code: z.string().nullable().describe('device: enter it at verification_uri'),
  verification_uri: z.string().nullable(),
  verification_uri_complete: z.string().nullable(),
  interval_seconds: z.int().nullable().describe('device: poll no faster'),
  notices: z.array(z.string()),
});
export type SignInStarted = z.infer<typeof signInStarted>;

export const signInFinish = z
  .object({
    state: z.string().min(1).max(200),
    code: z.string().trim().min(1).max(4000).optional(),
    callback_url: z.string().trim().min(1).max(8000).optional().describe('the whole address that the browser ended at'),
  })
  .refine((input) => (input.code === undefined) !== (input.callback_url === undefined), {
    message: 'give either code or callback_url',
  });
export type SignInFinish = z.infer<typeof signInFinish>;

export const signInPolled = z.object({
  status: z.enum(['pending', 'signed_in']),
  interval_seconds: z.int().describe('ask again after so many seconds'),
  upstream_account: upstreamAccount.nullable(),
});
export type SignInPolled = z.infer<typeof signInPolled>;

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
  import: oc
    .route({
      method: 'POST',
      path: `${path}/import`,
      summary: 'Add many accounts at once from CSV or JSON, row by row; a dry run unless told otherwise',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: upstreamImport }))
    .output(ok(upstreamImportReport)),
  startSignIn: oc
    .route({
      method: 'POST',
      path: `${path}/oauth/start`,
      summary: 'Begin to sign in to an account with OAuth 2',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: signInStart }))
    .output(ok(signInStarted)),
  finishSignIn: oc
    .route({
      method: 'POST',
      path: `${path}/oauth/finish`,
      summary: 'End a sign-in by authorization code; adds the account',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: signInFinish }))
    .output(ok(upstreamAccount)),
  pollSignIn: oc
    .route({
      method: 'POST',
      path: `${path}/oauth/poll`,
      summary: 'Ask whether a sign-in by device code is done; adds the account once it is',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }), body: z.object({ state: z.string().min(1).max(200) }) }))
    .output(ok(signInPolled)),
};

const ownPath = '/user/upstream-accounts';
const ownParams = z.object({ upstreamId: idSchema('upstream') });

export const ownUpstreamsContract = {
  add: oc
    .route({
      method: 'POST',
      path: ownPath,
      summary: 'Bring an account of your own for a service of your group; its secret is never shown again',
      tags,
    })
    .input(newOwnUpstream)
    .output(ok(upstreamAccount)),
  list: oc
    .route({ method: 'GET', path: ownPath, summary: 'Your own provider accounts', tags })
    .input(pageQuery.extend({ group_id: groupId.optional() }))
    .output(ok(z.object({ upstream_accounts: z.array(upstreamAccount), pagination }))),
  update: oc
    .route({
      method: 'PATCH',
      path: `${ownPath}/{upstreamId}`,
      summary: 'Rename an own account, replace its secret, rest or wake it',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: ownParams, body: ownUpstreamChange }))
    .output(ok(upstreamAccount)),
  remove: oc
    .route({ method: 'DELETE', path: `${ownPath}/{upstreamId}`, summary: 'Remove an own account and forget its secret', tags })
    .input(ownParams)
    .output(ok(z.object({ id: z.string(), deleted: z.literal(true) }))),
};
