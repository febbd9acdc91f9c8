import type { HeartbeatRequest, Probe, ProbeAnswer, StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

export * from './identity/identity-tables.ts';
export * from './placement/rings/ring-tables.ts';
export * from './settlement/settlement-tables.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => bigint(name, { mode: 'number' });

/** One-time tokens that enroll a node. Written by issue-registration-token, spent by register-node. */
export const fleetRegistrationTokens = pgTable(
  'fleet_registration_tokens',
  {
    id: text().primaryKey(),
    tokenHash: text('token_hash').notNull(),
    /** SHA-256 of the token's secret, sealed by the keyring: a node proves with it that it holds the token. */
    proofKey: text('proof_key'),
    /** A node that comes with it waits until an administrator lets it in. */
    approveFirst: boolean('approve_first').notNull().default(false),
    role: text({ enum: ['edge', 'central'] }).notNull(),
    nodeName: text('node_name'),
    region: text(),
    groupIds: text('group_ids').array(),
    createdBy: text('created_by'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    usedByNode: text('used_by_node'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [
    uniqueIndex('fleet_registration_tokens_hash').on(table.tokenHash),
    index('fleet_registration_tokens_expiry').on(table.expiresAt),
  ],
);

/** Every node that ever enrolled. Identity by register-node, session by open-session, receipt by sync, pulse by heartbeat. */
export const fleetNodes = pgTable(
  'fleet_nodes',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    role: text({ enum: ['edge', 'central'] }).notNull(),
    region: text(),
    countryCode: text('country_code'),
    serverIp: text('server_ip'),
    sealingKey: text('sealing_key'),
    /** Newest identity key; null: known by its token alone. */
    identityKeyId: text('identity_key_id'),
    /** Enrolled, and not let in yet. */
    waiting: boolean().notNull().default(false),
    /** When a process last called with a session that another process of the same identity had ended. */
    conflictAt: instant('conflict_at'),
    tokenHash: text('token_hash').notNull(),
    onlyGroups: text('only_groups').array(),
    adminState: text('admin_state', { enum: ['active', 'maintenance'] })
      .notNull()
      .default('active'),
    /** Risky changes reach nodes of a smaller number first. */
    ring: integer().notNull().default(0),
    supportedServices: text('supported_services').array().notNull(),
    maxConcurrentRequests: integer('max_concurrent_requests'),
    registeredAt: instant('registered_at').notNull(),
    retiredAt: instant('retired_at'),
    sessionNo: integer('session_no').notNull().default(0),
    sessionOpenedAt: instant('session_opened_at'),
    protocol: integer(),
    build: text(),
    bootId: text('boot_id'),
    incarnation: text(),
    lastSeq: count('last_seq').notNull().default(0),
    chain: text().notNull().default(''),
    listen: text(),
    configEpoch: text('config_epoch').notNull().default(''),
    configVersion: count('config_version').notNull().default(0),
    configConfirmedAt: instant('config_confirmed_at'),
    /** When its last config question came, to within `heardSlackMs`. */
    heardAt: instant('heard_at'),
    rejectCount: integer('reject_count').notNull().default(0),
    /** The event stream that is open, on whichever replica; null: none. */
    streamId: text('stream_id'),
    online: boolean().notNull().default(false),
    lastHeartbeatAt: instant('last_heartbeat_at'),
    heartbeat: jsonb().$type<HeartbeatRequest>(),
  },
  (table) => [
    uniqueIndex('fleet_nodes_token_hash').on(table.tokenHash),
    index('fleet_nodes_online').on(table.online, table.lastHeartbeatAt),
  ],
);

/** Every scope that a node was ever sent. Written by sync; never deleted, for its history says who may hold whose books. */
export const fleetNodeScopes = pgTable(
  'fleet_node_scopes',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => fleetNodes.id),
    scope: text().notNull(),
    servedSince: instant('served_since').notNull(),
    /** When it was told to forget the scope; null: it serves it. */
    droppedAt: instant('dropped_at'),
    /** Does the node say that it holds the scope? */
    held: boolean().notNull().default(false),
    /** Version that it confirmed where that is not its base (`fleet_nodes.config_version`). */
    exceptVersion: count('except_version'),
    /** Newest data key version sent to it, and the config version of that answer. */
    dataKeySent: integer('data_key_sent').notNull().default(0),
    dataKeySentAtVersion: count('data_key_sent_at_version').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.scope] }), index('fleet_node_scopes_scope').on(table.scope)],
);

/** What a node refuses to apply, as of its newest sync. */
export const fleetRejects = pgTable(
  'fleet_rejects',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => fleetNodes.id),
    scope: text().notNull(),
    kind: text().notNull(),
    resourceId: text('resource_id').notNull(),
    rev: text().notNull(),
    code: text({ enum: ['invalid', 'too_large', 'unsealable', 'crash_loop'] }).notNull(),
    message: text().notNull(),
    since: instant('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.scope, table.kind, table.resourceId] })],
);

/** Questions under way, unlogged. Written by ask-nodes, deleted after the deadline. */
export const fleetQuestions = pgTable(
  'fleet_questions',
  {
    id: text().primaryKey(),
    question: jsonb().$type<StatsQuestion>().notNull(),
    nodeIds: text('node_ids').array().notNull(),
    askedAt: instant('asked_at').notNull(),
    deadlineAt: instant('deadline_at').notNull(),
  },
  (table) => [index('fleet_questions_deadline').on(table.deadlineAt)],
);

/** Answers on their way to the replica that asked, unlogged. Written by receive-answer. */
export const fleetAnswers = pgTable(
  'fleet_answers',
  {
    questionId: text('question_id')
      .notNull()
      .references(() => fleetQuestions.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    answer: jsonb().$type<StatsAnswer>().notNull(),
    answeredAt: instant('answered_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.questionId, table.nodeId] })],
);

/** Calls that a node is asked to try, unlogged. Written by ask-probe, answered by receive-probe-answer, deleted after the deadline. */
export const fleetProbes = pgTable(
  'fleet_probes',
  {
    id: text().primaryKey(),
    nodeId: text('node_id').notNull(),
    probe: jsonb().$type<Probe>().notNull(),
    result: jsonb().$type<ProbeAnswer['result']>(),
    deadlineAt: instant('deadline_at').notNull(),
  },
  (table) => [index('fleet_probes_deadline').on(table.deadlineAt)],
);
