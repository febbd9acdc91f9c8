import { oc } from '@orpc/contract';
import { z } from 'zod';
import { dialect } from '../../dialect.ts';
import { authType, credentialHeader } from '../../edge/config/service.ts';
import { feature } from '../../edge/config/usage-limits.ts';
import { price } from '../../price.ts';
import { ok, usd } from '../envelope.ts';

const tags = ['AI services'];
const serviceId = z.string().min(1).max(50).describe('the name of the service: `claude`');
const modelName = z.string().trim().min(1).max(200);
const headerName = z.string().regex(/^[a-z0-9-]{1,100}$/, 'header names are lower case letters, digits and dashes');
const headerValue = z.string().regex(/^[\x20-\x7e]{0,1000}$/, 'header values are printable ASCII');

const serviceModel = z.object({
  model_name: z.string(),
  display_name: z.string(),
  context_length: z.int().nullable(),
  max_output_tokens: z.int().nullable(),
  supports_tools: z.boolean(),
  supports_vision: z.boolean(),
  features: z.array(feature).nullable().describe('all it can make use of; null: not known, so everything is tried'),
  input_price_per_1k: usd.nullable().describe('USD; null: the price is not known, usage is counted but not priced'),
  output_price_per_1k: usd.nullable(),
  price: price.nullable().describe('every rate, exact: integer pico-USD per token'),
  price_version: z.string().describe('where the price comes from and its date; booked with every row'),
  price_origin: z.enum(['list', 'admin']).describe('admin: set by hand; an import leaves it alone unless told otherwise'),
});

const endpoint = z.string().trim().max(500);

/** Where and how accounts of a service sign in. */
export const oauthSettings = z.object({
  client_id: z.string().trim().min(1).max(500),
  token_url: endpoint.describe('the same address rules as for base URLs hold for every URL here'),
  authorization_url: endpoint.nullable().describe('null: no sign-in by authorization code'),
  redirect_url: endpoint.nullable().describe('as registered with the provider; the person pastes what it is called with'),
  device_url: endpoint.nullable().describe('null: no sign-in by device code'),
  scopes: z.array(z.string().regex(/^[\x21-\x7e]{1,200}$/)).max(50),
});
export type OAuthSettingsView = z.infer<typeof oauthSettings>;

export const aiService = z.object({
  id: serviceId,
  service_name: serviceId,
  display_name: z.string(),
  description: z.string(),
  status: z.enum(['active', 'inactive', 'maintenance']),
  supports_streaming: z.boolean(),
  supports_tools: z.boolean(),
  supports_vision: z.boolean(),
  dialects: z.partialRecord(dialect, z.string()).describe('dialects it speaks, with the path between base URL and native path'),
  credential_headers: z.record(authType, credentialHeader),
  on_client_gone: z.enum(['abort', 'drain']),
  model_patterns: z.array(z.string()).describe('names accepted besides the listed models, `*` is a wild card'),
  vendor: z.string().describe('how the nodes treat its peculiarities; "": as its dialects say'),
  models_path: z.string().nullable().describe('asked to check idle accounts at no cost; null: only a connection is tried'),
  usage_in_streams: z.boolean(),
  sign_in: z.array(z.enum(['code', 'device'])).describe('ways in which OAuth accounts can be added'),
  oauth: oauthSettings.extend({ has_client_secret: z.boolean() }).nullish().describe('administrators only'),
  base_url: z.string().optional().describe('administrators only'),
  default_headers: z.record(z.string(), z.string()).optional().describe('administrators only'),
  available_models: z.array(serviceModel),
});
export type AiService = z.infer<typeof aiService>;

const modelChange = z
  .object({
    model_name: modelName,
    display_name: z.string().trim().min(1).max(200).optional(),
    context_length: z.int().positive().nullish(),
    max_output_tokens: z.int().positive().nullish(),
    supports_tools: z.boolean().optional(),
    supports_vision: z.boolean().optional(),
    features: z.array(feature).max(20).nullish().describe('all it can make use of; null: not known'),
    input_price_per_1k: usd.max(1000).nullish().describe('USD; with output_price_per_1k, a price of two rates'),
    output_price_per_1k: usd.max(1000).nullish(),
    price: price.nullish().describe('wins over the two rates; null: not known'),
  })
  .refine((model) => (typeof model.input_price_per_1k === 'number') === (typeof model.output_price_per_1k === 'number'), {
    message: 'give input_price_per_1k and output_price_per_1k together',
  });

export const serviceChange = z.object({
  display_name: z.string().trim().min(1).max(100).optional(),
  description: z.string().max(1000).optional(),
  status: aiService.shape.status.optional(),
  base_url: z.string().max(500).optional().describe('stands in front of the native path, for every group without its own'),
  on_client_gone: aiService.shape.on_client_gone.optional(),
  model_patterns: z.array(modelName).max(200).optional().describe('["*"] accepts every model'),
  default_headers: z.record(headerName, headerValue).optional(),
  vendor: z
    .string()
    .regex(/^[a-z0-9-]{0,50}$/, 'lower case letters, digits and dashes')
    .optional(),
  models_path: z
    .string()
    .max(200)
    .regex(/^\/[!-~]*$/, 'a path, as /v1/models')
    .nullish(),
  usage_in_streams: z.boolean().optional().describe('ask OpenAI-chat streams for their usage even where the caller did not'),
  oauth: oauthSettings
    .extend({
      authorization_url: endpoint.nullable().default(null),
      redirect_url: endpoint.nullable().default(null),
      device_url: endpoint.nullable().default(null),
      scopes: oauthSettings.shape.scopes.default([]),
      client_secret: z.string().min(1).max(2000).nullish().describe('absent: the one before stays; never shown again'),
    })
    .nullish()
    .describe('null: accounts of this service do not sign in'),
  available_models: z.array(modelChange).max(2000).optional().describe('added, or changed where the name exists'),
  remove_models: z.array(modelName).max(2000).optional(),
});
export type ServiceChange = z.infer<typeof serviceChange>;

export const serviceKind = z.enum([
  'openai-compatible',
  'openai-responses-compatible',
  'anthropic-compatible',
  'gemini-compatible',
  'mistral',
  'bedrock',
  'vertex',
]);
export type ServiceKind = z.infer<typeof serviceKind>;

export const newService = z.object({
  service_name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'lower case letters, digits and dashes')
    .describe('the name that groups, accounts and statistics know it by'),
  kind: serviceKind.describe('what it speaks and how it differs; the rest can be changed with PUT'),
  base_url: z.string().max(500).describe('stands in front of the native path; an account may have its own'),
  display_name: z.string().trim().min(1).max(100).optional(),
  description: z.string().max(1000).default(''),
  model_patterns: z.array(modelName).max(200).default(['*']).describe('["*"] accepts every model'),
});
export type NewService = z.infer<typeof newService>;

const perMillion = z.number().nonnegative().max(1_000_000);
const listRates = z.object({
  input: perMillion,
  output: perMillion,
  cache_read: perMillion.optional(),
  cache_write_5m: perMillion.optional(),
  cache_write_1h: perMillion.optional(),
  input_audio: perMillion.optional(),
  output_audio: perMillion.optional(),
});

export const listedModel = z.object({
  services: z.array(serviceId).min(1).max(10).describe('services that offer the model at this price'),
  model: modelName,
  display_name: z.string().min(1).max(200).optional(),
  context: z.int().positive().optional(),
  max_output: z.int().positive().optional(),
  features: z.array(feature).max(20).optional().describe('all that the model can make use of; absent: not known'),
  source: z.string().min(1).max(40).describe('a name under `sources`'),
  usd_per_million: listRates.nullable().describe('null: the model exists, its price is not known'),
  web_search_usd: z.number().nonnegative().max(1000).optional().describe('one search'),
  tiers: z
    .array(listRates.partial().extend({ above_input_tokens: z.int().positive() }))
    .max(10)
    .optional(),
});
export type ListedModel = z.infer<typeof listedModel>;

/** A price file: USD per million tokens as providers print them, each entry naming its source and thereby its date. */
export const priceList = z.object({
  version: z.string().regex(/^\d{4}-\d{2}-\d{2}(\.\d+)?$/, 'a date, `2026-11-21`, or `2026-11-21.2`'),
  sources: z.record(z.string().max(40), z.object({ name: z.string().max(300), date: z.iso.date() })),
  models: z.array(listedModel).min(1).max(5000),
});
export type PriceList = z.infer<typeof priceList>;

export const priceImport = z.object({
  price_list: priceList,
  dry_run: z.boolean().default(true).describe('true: say what would change, change nothing'),
  overwrite_edited: z.boolean().default(false).describe('true: also replace prices that were set by hand'),
});
export type PriceImport = z.infer<typeof priceImport>;

export const priceImportReport = z.object({
  version: z.string(),
  dry_run: z.boolean(),
  added: z.array(z.string()).describe('`service/model`'),
  changed: z.array(z.string()),
  unchanged: z.int(),
  kept_edited: z.array(z.string()).describe('set by hand, therefore left alone'),
  unknown_services: z.array(z.string()).describe('the file names them, this installation has no such service'),
});
export type PriceImportReport = z.infer<typeof priceImportReport>;

export const servicesContract = {
  list: oc
    .route({ method: 'GET', path: '/ai-services', summary: 'Services that groups can use, with models and prices', tags })
    .output(ok(z.array(aiService))),
  get: oc
    .route({ method: 'GET', path: '/ai-services/{service_id}', summary: 'One service', tags })
    .input(z.object({ service_id: serviceId }))
    .output(ok(aiService)),
  update: oc
    .route({
      method: 'PUT',
      path: '/ai-services/{service_id}',
      summary: 'Change a service; what is not named stays as it is',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ service_id: serviceId }), body: serviceChange }))
    .output(ok(aiService)),
  create: oc
    .route({ method: 'POST', path: '/ai-services', summary: 'Add a provider of a known kind', tags })
    .input(newService)
    .output(ok(aiService)),
  remove: oc
    .route({
      method: 'DELETE',
      path: '/ai-services/{service_id}',
      summary: 'Remove a service that was added and is not used',
      tags,
    })
    .input(z.object({ service_id: serviceId }))
    .output(ok(z.object({ id: z.string(), deleted: z.literal(true) }))),
  importPrices: oc
    .route({ method: 'POST', path: '/admin/ai-services/prices', summary: 'Import a newer price file', tags })
    .input(priceImport)
    .output(ok(priceImportReport)),
};
