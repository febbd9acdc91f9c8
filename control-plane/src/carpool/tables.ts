import type {
  Dialect,
  GroupId,
  KeyId,
  MembershipId,
  NodeId,
  Price,
  SealedSecret,
  UpstreamId,
  UserId,
} from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { identityUsers } from '../identity/tables.ts';

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
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

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
    failoverConditions: jsonb('failover_conditions').$type<Record<string, unknown>>().notNull().default({}),
    timeZone: text('time_zone').notNull(),
    configValidS: integer('config_valid_s'),
    maxKeysPerUser: integer('max_keys_per_user').notNull(),
    globalQuotaConfig: jsonb('global_quota_config').$type<Record<string, unknown>>(),
    costLimits: jsonb('cost_limits').$type<Record<string, number>>(),
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
    baseUrl: text('base_url'),
    priority: integer().notNull(),
    weight: integer().notNull(),
    status: text({ enum: ['active', 'disabled', 'deleted'] }).notNull(),
    createdBy: text('created_by'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('carpool_upstreams_name').on(table.groupId, table.name).where(sql`status <> 'deleted'`),
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
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('carpool_keys_group').on(table.groupId), index('carpool_keys_user').on(table.userId, table.createdAt)],
);
