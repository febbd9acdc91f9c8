import { groupRouting, healthRules, type ModelEntry } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry, ServiceEntry, ServiceRoute, UpstreamEntry } from '../../snapshot/snapshot.ts';
import type { Demand } from '../demand.ts';

export const model = (name: string, more: Partial<ModelEntry> = {}): ModelEntry => ({
  model: name,
  display_name: name,
  context_length: null,
  max_output_tokens: null,
  features: null,
  price: null,
  price_version: 'test',
  ...more,
});

/** USD per million tokens. */
export const priced = (input: number, output: number) => ({ price: { input: input * 1_000_000, output: output * 1_000_000 } });

export const upstream = (id: string, more: Partial<UpstreamEntry> = {}): UpstreamEntry => ({
  id,
  name: id,
  serviceId: 'any',
  baseUrl: `https://${id}.example`,
  authType: 'api_key',
  credentialHeader: 'x-api-key',
  secret: () => `sk-${id}`,
  priority: 0,
  weight: 100,
  ownerId: null,
  concurrency: null,
  proxyId: null,
  expiresAtMs: null,
  ...more,
});

export interface RouteInput extends Partial<Omit<ServiceRoute, 'service'>> {
  readonly id: string;
  readonly models?: readonly ModelEntry[];
  readonly service?: Partial<ServiceEntry>;
}

export function serviceRoute({ id, models = [], service, ...more }: RouteInput): ServiceRoute {
  const entry: ServiceEntry = {
    id,
    status: 'active',
    pathPrefix: new Map([['anthropic-messages', '']]),
    vendor: '',
    modelsPath: null,
    usageInStreams: false,
    defaultHeaders: {},
    onClientGone: 'abort',
    knowsModel: (name) => models.some((one) => one.model === name),
    findModel: (name) => models.find((one) => one.model === name),
    models,
    ...service,
  };
  return {
    service: entry,
    priority: 0,
    weight: 100,
    allowsModel: () => true,
    authMethod: 'shared_account',
    aliasOf: () => undefined,
    aliasNames: [],
    proxyEnabled: false,
    upstreams: [upstream(`${id}_0`)],
    ...more,
  };
}

const noLimits = { requests: null, tokensPerMinute: null, concurrency: null };

export function group(services: readonly ServiceRoute[], routing: object = {}): GroupEntry {
  return {
    id: 'grp_test',
    name: 'test',
    status: 'active',
    failoverEnabled: true,
    timeZone: 'UTC',
    isStale: () => false,
    services,
    routing: groupRouting.parse(routing),
    health: healthRules.parse({}),
    limits: noLimits,
    memberLimits: noLimits,
    deniedFeatures: new Set(),
    egress: null,
    quotas: [],
    findProxy: () => undefined,
  };
}

export const key = (more: Partial<KeyEntry> = {}): KeyEntry => ({
  id: 'key_test',
  userId: 'usr_test',
  groupId: 'grp_test',
  active: true,
  expiresAtMs: null,
  restrictedModels: null,
  allowsAddress: null,
  rateLimit: null,
  tokenLimit: null,
  deniesModel: () => false,
  deniedFeatures: new Set(),
  tokensPerMinute: null,
  concurrency: null,
  ...more,
});

export const demand = (more: Partial<Demand> = {}): Demand => ({
  dialect: 'anthropic-messages',
  operation: 'generate',
  translatable: true,
  model: 'claude-sonnet-5',
  inputTokens: 1_000,
  maxOutputTokens: null,
  features: () => new Set(),
  ...more,
});
