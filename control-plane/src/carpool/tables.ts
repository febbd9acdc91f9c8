import type {
  Dialect,
  Feature,
  GroupId,
  GroupRouting,
  KeyId,
  MembershipId,
  ModelAlias,
  NodeId,
  Price,
  ProxyId,
  SealedSecret,
  UpstreamId,
  UsageLimits,
  UserId,
} from '@aicarpool/shared-protocol';
import type { FailoverChange } from '@aicarpool/shared-protocol/console';
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { identityUsers } from '../identity/tables.ts';
import { carpoolProxies, type EgressSettings } from './proxies/proxy-tables.ts';

export * from './proxies/proxy-tables.ts';
export * from './quotas/tables.ts';

const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull();
const updatedAt = () => timestamp('updated_at', { withTimezone: true }).notNull();

/** Providers that accounts can belong to; the id is the name. Written by `ensureServices`, `updateService`, the demo. */
export const carpoolServices = pgTable('carpool_services', {
  id: text().primaryKey(),
  displayName: text('display_name').notNull(),
  description: text().notNull().default(''),
  status: text({ enum: ['active', 'inactive', 'maintenance'] })
    .notNull()
    .default('active'),
  baseUrl: text('base_url').notNull(),
  dialects: jsonb().$type<Partial<Record<Dialect, string>>>().notNull(),
  credentialHeaders: jsonb('credential_headers').$type<CredentialHeaders>().notNull(),
  defaultHeaders: jsonb('default_headers').$type<Record<string, string>>().notNull().default({}),
  onClientGone: text('on_client_gone', { enum: ['abort', 'drain'] }).notNull(),
  modelPatterns: jsonb('model_patterns').$type<string[]>().notNull(),
  supportsTools: boolean('supports_tools').notNull().default(true),
  supportsVision: boolean('supports_vision').notNull().default(true),
  vendor: text().notNull().default(''),
  modelsPath: text('models_path'),
  usageInStreams: boolean('usage_in_streams').notNull().default(false),
  oauth: jsonb().$type<OAuthSettings>(),
  /** Sealed by the keyring; null: a public client. */
  oauthClientSecret: text('oauth_client_secret'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

/** Where and how accounts of a service sign in. A flow whose URLs are missing is not offered. */
export interface OAuthSettings {
  readonly clientId: string;
  readonly tokenUrl: string;
  readonly authorizationUrl: string | null;
  readonly redirectUrl: string | null;
  readonly deviceUrl: string | null;
  readonly scopes: readonly string[];
}

type CredentialHeaders = Record<'api_key' | 'oauth' | 'bearer_token', 'authorization-bearer' | 'x-api-key' | 'x-goog-api-key'>;

/** Models of a service with their prices. Written by `importPrices` and `updateService`. */
export const carpoolModels = pgTable(
  'carpool_models',
  {
    serviceId: text('service_id')
      .notNull()
      .references(() => carpoolServices.id, { onDelete: 'cascade' }),
    model: text().notNull(),
    displayName: text('display_name').notNull(),
    contextLength: integer('context_length'),
    maxOutputTokens: integer('max_output_tokens'),
    supportsTools: boolean('supports_tools').notNull().default(true),
    supportsVision: boolean('supports_vision').notNull().default(true),
    features: jsonb().$type<Feature[]>(),
    price: jsonb().$type<Price>(),
    priceVersion: text('price_version').notNull(),
    priceOrigin: text('price_origin', { enum: ['list', 'admin'] }).notNull(),
    updatedAt: updatedAt(),
  },
  (table) => [primaryKey({ columns: [table.serviceId, table.model] })],
);

/** What was put into an installation once, so that it is not put there again. Written at start and by `importPrices`. */
export const carpoolSeeds = pgTable('carpool_seeds', {
  name: text().primaryKey(),
  version: text().notNull(),
  appliedAt: timestamp('applied_at', { withTimezone: true }).notNull(),
});

type FailoverConditions = Pick<FailoverChange, 'trigger_conditions' | 'recovery_conditions'>;

/** Groups. Closed ones stay, for their books do. Written by the verbs in `groups/`. */
export const carpoolGroups = pgTable(
  'carpool_groups',
  {
    id: text().$type<GroupId>().primaryKey(),
    name: text().notNull(),
    description: text().notNull(),
    managerId: text('manager_id')
      .$type<UserId>()
      .notNull()
      .references(() => identityUsers.id),
    maxMembers: integer('max_members').notNull(),
    status: text({ enum: ['draft', 'active', 'suspended', 'closed'] }).notNull(),
    deploymentMode: text('deployment_mode', { enum: ['centralized', 'distributed', 'hybrid'] }).notNull(),
    deploymentNodeIds: jsonb('deployment_node_ids').$type<NodeId[]>(),
    failoverEnabled: boolean('failover_enabled').notNull(),
    failoverConditions: jsonb('failover_conditions').$type<FailoverConditions>().notNull().default({}),
    timeZone: text('time_zone').notNull(),
    configValidS: integer('config_valid_s'),
    maxKeysPerUser: integer('max_keys_per_user').notNull(),
    globalQuotaConfig: jsonb('global_quota_config').$type<Record<string, unknown>>(),
    costLimits: jsonb('cost_limits').$type<Record<string, number>>(),
    routing: jsonb().$type<Partial<GroupRouting>>().notNull().default({}),
    limits: jsonb().$type<{ group?: UsageLimits; member?: UsageLimits }>().notNull().default({}),
    deniedFeatures: jsonb('denied_features').$type<Feature[]>().notNull().default([]),
    /** null: nobody ever set it; requests leave directly. */
    egress: jsonb().$type<EgressSettings>(),
    isDemo: boolean('is_demo').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('carpool_groups_status').on(table.status, table.createdAt)],
);

/** Who belongs to a group. Written by `createGroup` and by those who let people in. */
export const carpoolMemberships = pgTable(
  'carpool_memberships',
  {
    id: text().$type<MembershipId>().primaryKey(),
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    userId: text('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => identityUsers.id),
    role: text({ enum: ['manager', 'member'] }).notNull(),
    status: text({ enum: ['active', 'suspended'] }).notNull(),
    joinedAt: timestamp('joined_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    uniqueIndex('carpool_memberships_group_user').on(table.groupId, table.userId),
    index('carpool_memberships_user').on(table.userId),
  ],
);

/** How a group uses a service. Written by `createGroup`, `setGroupServices`, `setFailover`. */
export const carpoolGroupServices = pgTable(
  'carpool_group_services',
  {
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    serviceId: text('service_id')
      .notNull()
      .references(() => carpoolServices.id),
    enabled: boolean().notNull(),
    priority: integer().notNull(),
    weight: integer().notNull(),
    modelWhitelist: jsonb('model_whitelist').$type<string[]>(),
    modelBlacklist: jsonb('model_blacklist').$type<string[]>().notNull().default([]),
    authMethod: text('auth_method', { enum: ['shared_account', 'individual_keys', 'proxy_auth'] }).notNull(),
    quotaConfig: jsonb('quota_config').$type<Record<string, number>>(),
    proxyEnabled: boolean('proxy_enabled').notNull(),
    modelAliases: jsonb('model_aliases').$type<ModelAlias[]>().notNull().default([]),
  },
  (table) => [
    primaryKey({ columns: [table.groupId, table.serviceId] }),
    index('carpool_group_services_service').on(table.serviceId),
  ],
);

/** The keys under which the secrets of a group are sealed, themselves sealed by the keyring. Written by `ensureDataKey`. */
export const carpoolDataKeys = pgTable(
  'carpool_data_keys',
  {
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    wrapped: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.version] })],
);

/** Provider accounts of a group. A removed one keeps its row for the books, without its secret. Written in `upstreams/`. */
export const carpoolUpstreams = pgTable(
  'carpool_upstreams',
  {
    id: text().$type<UpstreamId>().primaryKey(),
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    serviceId: text('service_id')
      .notNull()
      .references(() => carpoolServices.id),
    name: text().notNull(),
    authType: text('auth_type', { enum: ['api_key', 'oauth', 'bearer_token'] }).notNull(),
    credential: jsonb().$type<SealedSecret>(),
    credentialHint: text('credential_hint'),
    /** When the secret itself changed last; sealing it anew does not count. */
    secretSetAt: timestamp('secret_set_at', { withTimezone: true }).notNull().default(sql`now()`),
    baseUrl: text('base_url'),
    priority: integer().notNull(),
    weight: integer().notNull(),
    status: text({ enum: ['active', 'disabled', 'deleted'] }).notNull(),
    /** Whose own account it is; null: shared by the group. */
    ownerId: text('owner_id')
      .$type<UserId>()
      .references(() => identityUsers.id),
    concurrency: integer(),
    /** The proxy it leaves through whatever the group says. */
    proxyId: text('proxy_id')
      .$type<ProxyId>()
      .references(() => carpoolProxies.id),
    expiresAt: timestamp('expires_at', { withTimezone: true }),
    createdBy: text('created_by'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('carpool_upstreams_name').on(table.groupId, table.name).where(sql`status <> 'deleted'`),
    index('carpool_upstreams_owner').on(table.ownerId).where(sql`owner_id IS NOT NULL`),
    index('carpool_upstreams_service').on(table.serviceId),
  ],
);

/** Personal keys: their hash, never their text. A revoked one keeps its row for the books. Written in `keys/`. */
export const carpoolKeys = pgTable(
  'carpool_keys',
  {
    id: text().$type<KeyId>().primaryKey(),
    hash: text().notNull().unique(),
    hint: text().notNull(),
    userId: text('user_id')
      .$type<UserId>()
      .notNull()
      .references(() => identityUsers.id),
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    description: text().notNull(),
    status: text({ enum: ['active', 'disabled', 'deleted'] }).notNull(),
    tokenLimit: bigint('token_limit', { mode: 'number' }),
    rateLimitRequests: integer('rate_limit_requests'),
    rateLimitWindowS: integer('rate_limit_window_s'),
    restrictsModels: boolean('restricts_models').notNull(),
    restrictedModels: jsonb('restricted_models').$type<string[]>().notNull().default([]),
    expiresAt: timestamp('expires_at', { withTimezone: true }),
    ipAllowlist: jsonb('ip_allowlist').$type<string[]>(),
    deniedModels: jsonb('denied_models').$type<string[]>().notNull().default([]),
    deniedFeatures: jsonb('denied_features').$type<Feature[]>().notNull().default([]),
    tokensPerMinute: integer('tokens_per_minute'),
    concurrency: integer(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('carpool_keys_group').on(table.groupId), index('carpool_keys_user').on(table.userId, table.createdAt)],
);

/** Sign-ins of accounts that refresh themselves. The row lock is held while a refresh token is used, for it is used up. */
export const carpoolSignIns = pgTable(
  'carpool_sign_ins',
  {
    upstreamId: text('upstream_id')
      .$type<UpstreamId>()
      .primaryKey()
      .references(() => carpoolUpstreams.id, { onDelete: 'cascade' }),
    state: text({ enum: ['signed_in', 'needs_sign_in'] }).notNull(),
    /** Sealed by the keyring; null: the provider gave none. */
    refreshToken: text('refresh_token'),
    refreshedAt: timestamp('refreshed_at', { withTimezone: true }).notNull(),
    /** null: nothing is to be done until somebody signs in anew. */
    nextRefreshAt: timestamp('next_refresh_at', { withTimezone: true }),
    failures: integer().notNull().default(0),
    lastError: text('last_error'),
  },
  (table) => [index('carpool_sign_ins_due').on(table.nextRefreshAt)],
);

/** Sign-ins under way, each for one person and ten minutes. Written in `oauth/`; the state itself is not kept, its hash is. */
export const carpoolSignInFlows = pgTable('carpool_sign_in_flows', {
  id: text().primaryKey(),
  userId: text('user_id')
    .$type<UserId>()
    .notNull()
    .references(() => identityUsers.id, { onDelete: 'cascade' }),
  groupId: text('group_id')
    .$type<GroupId>()
    .notNull()
    .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
  kind: text({ enum: ['code', 'device'] }).notNull(),
  /** What the flow has to remember (code verifier, device code, wish), sealed by the keyring. */
  sealed: text().notNull(),
  /** Device flows: not asked before. */
  nextPollAt: timestamp('next_poll_at', { withTimezone: true }),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  createdAt: createdAt(),
});

/** What nodes and jobs noticed about a group, 30 days long. Written by `noteEvents`; an id that came before is taken once. */
export const carpoolEvents = pgTable(
  'carpool_events',
  {
    id: text().primaryKey(),
    groupId: text('group_id')
      .$type<GroupId>()
      .notNull()
      .references(() => carpoolGroups.id, { onDelete: 'cascade' }),
    kind: text().notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true }).notNull(),
    /** Whom it concerns besides the managers; null: everybody. */
    userId: text('user_id').$type<UserId>(),
    /** null: noticed by the control plane itself. */
    nodeId: text('node_id'),
    serviceId: text('service_id'),
    upstreamId: text('upstream_id'),
    proxyId: text('proxy_id'),
    reason: text().notNull(),
    until: timestamp({ withTimezone: true }),
    count: integer().notNull(),
  },
  (table) => [
    index('carpool_events_group').on(table.groupId, table.receivedAt),
    index('carpool_events_received').on(table.receivedAt),
  ],
);
