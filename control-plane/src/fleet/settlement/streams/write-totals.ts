import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { runPrepared } from '../prepared.ts';
import { type MergedTotal, totalSums } from './merge-totals.ts';

const named = totalSums.map((name) => sql.raw(name));
const columns = sql.join(named, sql`, `);
const typed = sql.join(
  totalSums.map((name) => sql.raw(`${name} bigint`)),
  sql`, `,
);
const added = sql.join(
  totalSums.map((name) => sql.raw(`${name} = kept.${name} + excluded.${name}`)),
  sql`, `,
);
const keyColumns = sql.raw('group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version');
const keyTyped = sql.raw(
  'group_id text, hour_at timestamptz, user_id text, key_id text, service text, model text, upstream_id text, price_version text',
);

/** Adds sorted totals to the hours, in their order. */
export async function addTotals(db: Db, totals: readonly MergedTotal[]): Promise<void> {
  if (totals.length === 0) return;
  await runPrepared(
    db,
    sql`INSERT INTO fleet_hourly_totals AS kept (${keyColumns}, ${columns}, durations)
        SELECT ${keyColumns}, ${columns}, durations
          FROM jsonb_to_recordset(${JSON.stringify(totals)}::text::jsonb) AS said (${keyTyped}, ${typed}, durations jsonb)
         ORDER BY ${keyColumns}
        ON CONFLICT (${keyColumns}) DO UPDATE
           SET ${added}, durations = fleet_add_histograms(kept.durations, excluded.durations)`,
  );
}

/** Counts rows by node, so that it is known later who must answer for an hour. */
export async function addCounts(db: Db, nodeId: string, totals: readonly MergedTotal[]): Promise<void> {
  if (totals.length === 0) return;
  await runPrepared(
    db,
    sql`INSERT INTO fleet_settled_counts AS kept (group_id, hour_at, node_id, attempts, requests)
        SELECT group_id, hour_at, ${nodeId}::text, sum(attempts), sum(requests)
          FROM jsonb_to_recordset(${JSON.stringify(totals)}::text::jsonb)
               AS said (group_id text, hour_at timestamptz, attempts bigint, requests bigint)
         GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (group_id, hour_at, node_id) DO UPDATE
           SET attempts = kept.attempts + excluded.attempts, requests = kept.requests + excluded.requests`,
  );
}
