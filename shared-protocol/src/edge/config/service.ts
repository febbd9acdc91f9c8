import { z } from 'zod';
import { dialect } from '../../dialect.ts';
import { price } from '../../price.ts';
import { feature } from './usage-limits.ts';

/** How an account of a service proves itself to the provider, by the kind of credential. */
export const credentialHeader = z.enum(['authorization-bearer', 'x-api-key', 'x-goog-api-key']);
export type CredentialHeader = z.infer<typeof credentialHeader>;

export const authType = z.enum(['api_key', 'oauth', 'bearer_token']);
export type AuthType = z.infer<typeof authType>;

/** One model as the node needs it. */
export const modelEntry = z.object({
  model: z.string().min(1).max(200),
  display_name: z.string().max(200),
  context_length: z.int().positive().nullable(),
  max_output_tokens: z.int().positive().nullable(),
  features: z.array(feature).nullable().default(null).describe('what it can make use of; null: not known, so it is tried'),
  price: price.nullable().describe('null: the price is not known; usage is booked with cost 0 and marked unpriced'),
  price_version: z.string().max(100).describe('where the price comes from and its date; booked with every row'),
});
export type ModelEntry = z.infer<typeof modelEntry>;

/** Global scope, kind `service`: a provider that accounts can belong to. The id is its name: `claude`. */
export const serviceResource = z.object({
  id: z.string().min(1).max(50),
  display_name: z.string().max(100),
  status: z.enum(['active', 'inactive', 'maintenance']).describe('anything but active: requests are refused'),
  base_url: z.string().max(500).describe('stands in front of the native path: `https://api.anthropic.com` + `/v1/messages`'),
  dialects: z
    .partialRecord(dialect, z.string().max(200))
    .describe('dialects it speaks, each with the path between base URL and native path ("" = none)'),
  vendor: z
    .string()
    .max(50)
    .default('')
    .describe('names the folder of the node that knows how this provider differs from its dialects; "": not at all'),
  models_path: z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .describe('a GET that costs nothing and needs the credential, for health checks; null: only a connection is tried'),
  usage_in_streams: z
    .boolean()
    .default(false)
    .describe('ask OpenAI-chat streams for their usage even where the caller did not, and keep it from that caller'),
  credential_headers: z.record(authType, credentialHeader),
  default_headers: z.record(z.string(), z.string()).describe('added to a request that lacks them'),
  on_client_gone: z
    .enum(['abort', 'drain'])
    .describe('abort where the provider stops billing on a hang-up, else drain (bounded) so that usage is known'),
  model_patterns: z
    .array(z.string().min(1).max(200))
    .max(200)
    .describe('names accepted besides `models`, with `*` as wild card; ["*"] accepts every model'),
  models: z.array(modelEntry).max(2000),
});
export type ServiceResource = z.infer<typeof serviceResource>;
