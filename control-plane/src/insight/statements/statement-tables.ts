import type { FixedCost } from '@aicarpool/shared-protocol/console';
import { jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { StatementFigures } from './figures.ts';

/** What groups pay each month beside measured use. Written by `setFixedCosts`. */
export const insightFixedCosts = pgTable('insight_fixed_costs', {
  groupId: text('group_id').primaryKey(),
  costs: jsonb().$type<readonly FixedCost[]>().notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
});

/** Statements that are closed: never changed. Written by `closeStatement`. */
export const insightStatements = pgTable(
  'insight_statements',
  {
    groupId: text('group_id').notNull(),
    /** YYYY-MM in the time zone that the group had. */
    month: text().notNull(),
    figures: jsonb().$type<StatementFigures>().notNull(),
    closedAt: timestamp('closed_at', { withTimezone: true }).notNull(),
    closedBy: text('closed_by'),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.month] })],
);
