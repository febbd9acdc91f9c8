import type { Db } from '../store/open-database.ts';
import type { Note } from './messages.ts';

/** Prepares the insertion of notes, all of a batch in one transaction. */
export function noteKeeper(db: Db): (notes: readonly Note[]) => void {
  const health = db.prepare(`INSERT INTO edge_service_health (checked_at_ms, service, upstream_id, status, response_time_ms,
    error_message, consecutive_successes, consecutive_failures, avg_response_time_ms, success_rate_percent)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const log = db.prepare('INSERT INTO edge_log (at_ms, level, category, message, context) VALUES (?, ?, ?, ?, ?)');
  return db.transaction((notes: readonly Note[]) => {
    for (const note of notes) {
      if (note.kind === 'log') {
        const context = note.context === undefined ? null : JSON.stringify(note.context);
        log.run(note.atMs, note.level, note.category, note.message, context);
        continue;
      }
      health.run(
        note.atMs,
        note.service,
        note.upstreamId,
        note.status,
        note.responseTimeMs,
        note.errorMessage,
        note.consecutiveSuccesses,
        note.consecutiveFailures,
        note.avgResponseTimeMs,
        note.successRatePercent,
      );
    }
  });
}
