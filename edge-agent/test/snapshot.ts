import { createHash } from 'node:crypto';
import { dialects, groupRouting, healthRules, type ModelEntry } from '@aicarpool/shared-protocol';
import type {
  GroupEntry,
  KeyEntry,
  LimitSet,
  ServiceEntry,
  ServiceRoute,
  Snapshot,
  UpstreamEntry,
} from '../src/snapshot/snapshot.ts';

export const testKey = 'acp_test0000000000000000000000000000000000000000';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const noLimits: LimitSet = { requests: null, tokensPerMinute: null, concurrency: null };

/** A group with one service that speaks every dialect, and one account for each base URL. */
export interface SnapshotInput {
  readonly baseUrls: readonly string[];
  readonly key?: Partial<KeyEntry>;
  readonly group?: Partial<GroupEntry>;
  readonly service?: Partial<ServiceEntry>;
  readonly route?: Partial<ServiceRoute>;
  readonly upstream?: Partial<UpstreamEntry>;
  readonly allowsModel?: (model: string) => boolean;
  readonly models?: readonly ModelEntry[];
  readonly moreKeys?: number;
}

export const pricedModel: ModelEntry = {
  model: 'claude-sonnet-4-5',
  display_name: 'Claude Sonnet 4.5',
  context_length: 200_000,
  max_output_tokens: 64_000,
  features: null,
  price: { input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite5m: 3_750_000, cacheWrite1h: 6_000_000 },
  price_version: 'test 2026-11-21',
};

export function testSnapshot(input: SnapshotInput): Snapshot {
  const models = input.models ?? [pricedModel];
  const service: ServiceEntry = {
    id: 'claude',
    status: 'active',
    pathPrefix: new Map(dialects.map((dialect) => [dialect, ''])),
    vendor: '',
    modelsPath: null,
    usageInStreams: false,
    defaultHeaders: {},
    onClientGone: 'abort',
    knowsModel: () => true,
    findModel: (model) => models.find((entry) => model === entry.model || model.startsWith(`${entry.model}-`)),
    models,
    ...input.service,
  };
  const upstreams = input.baseUrls.map(
    (baseUrl, at): UpstreamEntry => ({
      id: `ups_${at}`,
      name: `account ${at}`,
      serviceId: service.id,
      baseUrl,
      authType: 'api_key',
      credentialHeader: 'x-api-key',
      secret: () => `sk-upstream-${at}`,
      priority: at,
      weight: 100,
      ownerId: null,
      concurrency: null,
      proxyId: null,
      expiresAtMs: null,
      ...input.upstream,
    }),
  );
  const route: ServiceRoute = {
    service,
    priority: 0,
    weight: 100,
    allowsModel: input.allowsModel ?? (() => true),
    authMethod: 'shared_account',
    aliasOf: () => undefined,
    aliasNames: [],
    proxyEnabled: false,
    upstreams,
    ...input.route,
  };
  const group: GroupEntry = {
    id: 'grp_test',
    name: 'test group',
    status: 'active',
    failoverEnabled: true,
    timeZone: 'UTC',
    isStale: () => false,
    services: [route],
    routing: groupRouting.parse({}),
    health: healthRules.parse({}),
    limits: noLimits,
    memberLimits: noLimits,
    deniedFeatures: new Set(),
    egress: null,
    quotas: [],
    findProxy: () => undefined,
    ...input.group,
  };
  const key: KeyEntry = {
    id: 'key_test',
    userId: 'usr_test',
    groupId: group.id,
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
    ...input.key,
  };
  const keys = new Map([[sha256(testKey), key]]);
  for (let at = 0; at < (input.moreKeys ?? 0); at += 1) keys.set(sha256(`acp_more${at}`), { ...key, id: `key_more${at}` });
  return {
    epoch: 'test',
    version: 1,
    counts: { keys: keys.size, groups: 1 },
    findKey: (hash) => keys.get(hash),
    findGroup: (id) => (id === group.id ? group : undefined),
    hasQuota: (id) => group.quotas.some((quota) => quota.id === id),
    damaged: new Set(),
  };
}
