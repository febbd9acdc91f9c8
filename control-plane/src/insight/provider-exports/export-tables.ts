import type { ProviderComparison } from '@aicarpool/shared-protocol/console';
import { index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** Comparisons with providers' own exports; the exports themselves are not kept. Written by `importProviderExport`. */
export const insightComparisons = pgTable(
  'insight_comparisons',
  {
    id: text().primaryKey(),
    groupId: text('group_id').notNull(),
    importedAt: timestamp('imported_at', { withTimezone: true }).notNull(),
    body: jsonb().$type<ProviderComparison>().notNull(),
  },
  (table) => [index('insight_comparisons_group').on(table.groupId, table.importedAt)],
);
