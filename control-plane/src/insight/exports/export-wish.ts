import type { StatsAsk, StatsReply } from '../stats/read-stats.ts';

/** What is stored of an export: the narrowed question itself, so that it runs with the rights of the moment it was asked. */
export interface ExportWish {
  readonly ask: Omit<StatsAsk, 'forceRefresh'>;
  /** CSV: one line for each model instead of one for each service. */
  readonly byModel: boolean;
}

/** What is kept of a finished export, as JSON text. */
export type ExportResult =
  | { readonly kind: 'json'; readonly reply: { success: true } & StatsReply }
  | { readonly kind: 'csv'; readonly text: string; readonly fileName: string };

export const exportTimeoutMs = 30_000;
/** A question still under way after so long has died with its replica more often than it was tried. */
export const exportGivenUpAfterMs = 10 * 60_000;
export const exportKeptMs = 24 * 3_600_000;
export const maxExportBytes = 20_000_000;
export const maxExportsAtOnce = 5;

/** The wish as `requestExport` stored it. */
export function wishOf(stored: unknown): ExportWish {
  return stored as ExportWish;
}
