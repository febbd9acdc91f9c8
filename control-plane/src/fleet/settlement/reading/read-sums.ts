import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/** All that was ever settled, of one group or of all. Rows, tokens, nano-USD. */
export interface SettledSums {
  readonly rows: number;
  readonly requests: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
  readonly estimated: number;
  readonly estimatedTokens: number;
  readonly estimatedCostNanoUsd: number;
  readonly lost: number;
}

/** The hourly totals added up; null: of all groups. The caller has checked who may know. */
export async function readSums(db: Db, groupId: string | null): Promise<SettledSums> {
  const [row] = await db.execute<Record<string, string>>(
    sql`SELECT coalesce(sum(attempts), 0) AS rows, coalesce(sum(requests), 0) AS requests,
               coalesce(sum(input + cache_read + cache_write + output), 0) AS tokens, coalesce(sum(cost_nano_usd), 0) AS cost,
               coalesce(sum(estimated), 0) AS estimated, coalesce(sum(estimated_tokens), 0) AS estimated_tokens,
               coalesce(sum(estimated_cost_nano_usd), 0) AS estimated_cost, coalesce(sum(lost), 0) AS lost
          FROM fleet_hourly_totals WHERE ${groupId === null ? sql`true` : sql`group_id = ${groupId}`}`,
  );
  const of = (name: string) => Number(row?.[name] ?? 0);
  return {
    rows: of('rows'),
    requests: of('requests'),
    tokens: of('tokens'),
    costNanoUsd: of('cost'),
    estimated: of('estimated'),
    estimatedTokens: of('estimated_tokens'),
    estimatedCostNanoUsd: of('estimated_cost'),
    lost: of('lost'),
  };
}

/** Rows of a group that each node settled, by node id. */
export async function readRowsByNode(db: Db, groupId: string): Promise<ReadonlyMap<string, number>> {
  const rows = await db.execute<{ node_id: string; rows: string }>(
    sql`SELECT node_id, sum(attempts) AS rows FROM fleet_settled_counts WHERE group_id = ${groupId} GROUP BY 1`,
  );
  return new Map(rows.map(({ node_id, rows: count }) => [node_id, Number(count)]));
}
