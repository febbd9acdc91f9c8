import { sql } from 'drizzle-orm';
import { bigint, customType, index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => bigint(name, { mode: 'number' });
const bits = customType<{ data: string; config: { length: number } }>({ dataType: (config) => `bit(${config?.length ?? 1})` });

/** Keys that the control plane signs with: one `current`, one `next`, and those before. Written in `identity/signing-keys/`. */
export const fleetSigningKeys = pgTable(
  'fleet_signing_keys',
  {
    /** SHA-256 of the public key (SPKI), hex. */
    id: text().primaryKey(),
    publicKey: text('public_key').notNull(),
    /** The private half, sealed by the keyring; null once it signs no more. */
    wrapped: text(),
    state: text({ enum: ['current', 'next', 'past'] }).notNull(),
    endorsedBy: text('endorsed_by'),
    endorsement: text(),
    createdAt: instant('created_at').notNull(),
    retiredAt: instant('retired_at'),
  },
  (table) => [uniqueIndex('fleet_signing_keys_state').on(table.state).where(sql`${table.state} <> 'past'`)],
);

/** Identity keys of nodes. Written by register-node and succeed-identity; one that expired proves nothing any more. */
export const fleetNodeKeys = pgTable(
  'fleet_node_keys',
  {
    id: text().primaryKey(),
    nodeId: text('node_id').notNull(),
    publicKey: text('public_key').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
  },
  (table) => [index('fleet_node_keys_node').on(table.nodeId)],
);

/** Nonces of signed requests, kept for as long as their signature is in time. Written by `assertFresh`. */
export const fleetNonces = pgTable(
  'fleet_nonces',
  { nonce: text().primaryKey(), expiresAt: instant('expires_at').notNull() },
  (table) => [index('fleet_nonces_expiry').on(table.expiresAt)],
);

/**
 * Keys of sessions and the counters that were used with them, unlogged: a database that crashed or failed over has none,
 * so nothing can be replayed to it, and nodes ask for new keys. Written by `issueSessionKey` and `useCounter`.
 */
export const fleetSessionKeys = pgTable(
  'fleet_session_keys',
  {
    nodeId: text('node_id').notNull(),
    sessionNo: integer('session_no').notNull(),
    generation: integer().notNull(),
    /** Sealed by the keyring. */
    sealed: text().notNull(),
    bootId: text('boot_id').notNull(),
    address: text(),
    expiresAt: instant('expires_at').notNull(),
    high: count('high').notNull().default(0),
    /** The rightmost bit is `high`, each one to its left one counter below. */
    seen: bits('seen', { length: 256 }).notNull().default(sql`B'0'::bit(256)`),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionNo, table.generation] }),
    index('fleet_session_keys_expiry').on(table.expiresAt),
  ],
);

/** The newest time at which a node was sent the sealed credential of an account. Written by sync; says what it may know. */
export const fleetSentCredentials = pgTable(
  'fleet_sent_credentials',
  {
    nodeId: text('node_id').notNull(),
    upstreamId: text('upstream_id').notNull(),
    groupId: text('group_id').notNull(),
    sentAt: instant('sent_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.upstreamId] })],
);
