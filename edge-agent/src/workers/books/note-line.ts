import type { LogEntry } from '../../ledger/ledger.ts';

/** Warnings and errors also go into the books, where they are kept 30 days. */
export function noteLine(line: string, note: ((entry: LogEntry) => void) | undefined): void {
  const entry: unknown = JSON.parse(line);
  if (!note || typeof entry !== 'object' || entry === null) return;
  const { level, msg, time: _, ...context } = entry as Record<string, unknown>;
  // A warning that notes were lost would make the next note.
  if (typeof msg !== 'string' || 'count' in context) return;
  note({ kind: 'log', level: level === 'warn' ? 'warn' : 'error', category: 'system', message: msg, context });
}
