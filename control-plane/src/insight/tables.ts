import { bigint, index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export * from './provider-exports/export-tables.ts';
export * from './statements/statement-tables.ts';

/** Answers that may be shown again, shared by all replicas. Written by `keepAnswer`, thinned by `pruneInsight`; losing it costs nothing. */
export const insightAnswers = pgTable(
  'insight_answers',
  {
    digest: text().primaryKey(),
    body: jsonb().notNull(),
    bytes: integer().notNull(),
    askedAt: timestamp('asked_at', { withTimezone: true }).notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [index('insight_answers_expiry').on(table.expiresAt)],
);

/** Questions that are worked out in the background. Written by `requestExport` and `runExport`, thinned by `pruneInsight`. */
export const insightExports = pgTable(
  'insight_exports',
  {
    id: text().primaryKey(),
    groupId: text('group_id').notNull(),
    requestedBy: text('requested_by').notNull(),
    wish: jsonb().notNull(),
    format: text({ enum: ['json', 'csv'] }).notNull(),
    status: text({ enum: ['processing', 'completed', 'failed', 'timeout'] }).notNull(),
    progress: integer().notNull(),
    requestedAt: timestamp('requested_at', { withTimezone: true }).notNull(),
    startedAt: timestamp('started_at', { withTimezone: true }),
    completedAt: timestamp('completed_at', { withTimezone: true }),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    result: text(),
    resultBytes: bigint('result_bytes', { mode: 'number' }),
    error: text(),
  },
  (table) => [
    index('insight_exports_owner').on(table.requestedBy, table.requestedAt),
    index('insight_exports_expiry').on(table.expiresAt),
  ],
);
