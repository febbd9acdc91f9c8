import { totalCountNames } from '@aicarpool/shared-protocol';
import type { Db } from '../../../kernel/db.ts';
import { runPrepared, statement } from '../prepared.ts';
import type { MergedTotal } from './merge-totals.ts';

const columns = totalCountNames.join(', ');
const typed = totalCountNames.map((name) => `${name} bigint`).join(', ');
const said = totalCountNames.map((name) => `coalesce(${name}, 0)`).join(', ');
const added = totalCountNames.map((name) => `${name} = kept.${name} + excluded.${name}`).join(', ');
const keys = 'group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version';
const typedKeys =
  'group_id text, hour_at timestamptz, user_id text, key_id text, service text, model text, upstream_id text, price_version text';

// Equal buckets are added up only now and then, and where there are many pairs: adding is dear, putting beside is not.
const putBeside = 'cardinality(kept.duration_pairs) < 256 OR (kept.attempts + excluded.attempts) / 64 = kept.attempts / 64';

const addText = `INSERT INTO fleet_hourly_totals AS kept (${keys}, ${columns}, duration_pairs)
   SELECT ${keys}, ${said}, duration_pairs FROM json_to_recordset($1::text::json) AS said (${typedKeys}, ${typed}, duration_pairs integer[]) ORDER BY ${keys}
   ON CONFLICT (${keys}) DO UPDATE
      SET ${added}, duration_pairs = CASE WHEN ${putBeside} THEN kept.duration_pairs || excluded.duration_pairs
                                          ELSE fleet_add_durations(kept.duration_pairs || excluded.duration_pairs) END`;

/** Adds sorted totals to the hours, in their order. */
export async function addTotals(db: Db, totals: readonly MergedTotal[]): Promise<void> {
  if (totals.length === 0) return;
  const rows = totals.map(spare);
  await runPrepared(db, { sql: addText, params: [JSON.stringify(rows)] });
}

/** A total without its zeros: most counts of most totals are, and to read them again is the dearest part of adding. */
function spare(total: MergedTotal): Record<string, unknown> {
  const { group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version, durations } = total;
  const place = { group_id, hour_at, user_id, key_id, service, model, upstream_id, price_version };
  const row: Record<string, unknown> = { ...place, duration_pairs: durations.flat() };
  for (const name of totalCountNames) if (total[name] !== 0) row[name] = total[name];
  return row;
}

/** Counts rows by node, so that it is known later who must answer for an hour. */
export async function addCounts(db: Db, nodeId: string, totals: readonly MergedTotal[]): Promise<void> {
  if (totals.length === 0) return;
  const places = Map.groupBy(totals, ({ group_id, hour_at }) => `${group_id}|${hour_at}`);
  const counts = [...places.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const { group_id, hour_at } = first;
    const of = (name: 'attempts' | 'requests') => own.reduce((sum, total) => sum + total[name], 0);
    return [{ group_id, hour_at, attempts: of('attempts'), requests: of('requests') }];
  });
  await runPrepared(
    db,
    statement`INSERT INTO fleet_settled_counts AS kept (group_id, hour_at, node_id, attempts, requests)
        SELECT group_id, hour_at, ${nodeId}::text, attempts, requests
          FROM jsonb_to_recordset(${JSON.stringify(counts)}::text::jsonb)
               AS said (group_id text, hour_at timestamptz, attempts bigint, requests bigint)
         ORDER BY group_id, hour_at
        ON CONFLICT (group_id, hour_at, node_id) DO UPDATE
           SET attempts = kept.attempts + excluded.attempts, requests = kept.requests + excluded.requests`,
  );
}
