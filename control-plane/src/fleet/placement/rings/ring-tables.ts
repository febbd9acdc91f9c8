import { bigint, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * Changes that are on their way through the rings: nodes of a ring above `ring` are still told what was at `baseVersion`.
 * Begun by `cfg_assign`, in the transaction of the change; promoted and ended by `promoteRollouts`.
 */
export const fleetRollouts = pgTable(
  'fleet_rollouts',
  {
    scope: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    /** The newest version that has reached every ring. */
    baseVersion: bigint('base_version', { mode: 'number' }).notNull(),
    /** The version that brought the change. */
    version: bigint({ mode: 'number' }).notNull(),
    ring: integer().notNull().default(0),
    /** Since when every node it reached has confirmed it and is well; null: not yet, or not any more. */
    healthySince: timestamp('healthy_since', { withTimezone: true }),
    startedAt: timestamp('started_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.kind, table.id] })],
);
