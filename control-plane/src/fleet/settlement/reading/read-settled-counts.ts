import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/** How many rows of one node are settled in one hour. */
export interface SettledCount {
  readonly hourAt: Date;
  readonly groupId: string;
  readonly nodeId: string;
  /** Rows. */
  readonly attempts: number;
  /** Final rows: client requests. */
  readonly requests: number;
}

/**
 * Which nodes have settled rows in these hours, and how many: whoever answers for all of them is complete. `groupIds` null:
 * of every group. The caller has checked who may know.
 */
export async function readSettledCounts(
  db: Db,
  groupIds: readonly string[] | null,
  fromAt: Date,
  toAt: Date,
): Promise<SettledCount[]> {
  const groups = groupIds === null ? null : JSON.stringify(groupIds);
  const rows = await db.execute<{ hour_at: string; group_id: string; node_id: string; attempts: string; requests: string }>(
    sql`SELECT hour_at, group_id, node_id, attempts, requests FROM fleet_settled_counts
         WHERE hour_at >= ${fromAt.toISOString()}::timestamptz AND hour_at < ${toAt.toISOString()}::timestamptz
           AND (${groups}::text IS NULL OR group_id IN (SELECT jsonb_array_elements_text(${groups}::text::jsonb)))
         ORDER BY hour_at, group_id, node_id`,
  );
  return rows.map((row) => ({
    hourAt: new Date(row.hour_at),
    groupId: row.group_id,
    nodeId: row.node_id,
    attempts: Number(row.attempts),
    requests: Number(row.requests),
  }));
}
