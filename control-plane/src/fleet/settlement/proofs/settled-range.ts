import type { RangeProof } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

export interface BookRange {
  readonly from: number;
  readonly to: number;
}

/** So many rows are read again at once; one batch may have more. */
const rowsAtOnce = 5000;

/** What the batches of a range add up to; it begins and ends where batches do. */
export async function readRange(
  db: Db,
  book: string,
  { from, to }: BookRange,
): Promise<Pick<RangeProof, 'rows' | 'chain' | 'sums'>> {
  const [row] = await db.execute<Record<string, string | null>>(
    sql`SELECT sum(attempts) AS rows, sum(requests) AS requests, sum(input) AS input, sum(cache_read) AS cache_read,
               sum(cache_write) AS cache_write, sum(output) AS output, sum(cost_nano_usd) AS cost_nano_usd,
               sum(estimated) AS estimated, sum(lost) AS lost,
               (SELECT chain FROM fleet_batches WHERE book = ${book} AND to_seq = ${to}) AS chain
          FROM fleet_batches WHERE book = ${book} AND to_seq BETWEEN ${from} AND ${to}`,
  );
  const of = (name: string) => Number(row?.[name] ?? 0);
  return {
    rows: of('rows'),
    chain: row?.['chain'] ?? '',
    sums: {
      requests: of('requests'),
      input: of('input'),
      cache_read: of('cache_read'),
      cache_write: of('cache_write'),
      output: of('output'),
      cost_nano_usd: of('cost_nano_usd'),
      estimated: of('estimated'),
      lost: of('lost'),
    },
  };
}

/** The next settled rows from `from` on, whole batches, without rows that are missing; null: there are no more. */
export async function nextSweepRange(db: Db, book: string, from: number): Promise<BookRange | null> {
  const rows = await db.execute<{ from_seq: string; to_seq: string }>(
    sql`SELECT from_seq, to_seq FROM fleet_batches
         WHERE book = ${book} AND from_seq >= ${from} AND kind = 'rows' ORDER BY to_seq LIMIT 500`,
  );
  const [first] = rows;
  if (!first) return null;
  const start = Number(first.from_seq);
  let to = Number(first.to_seq);
  for (const row of rows.slice(1)) {
    if (Number(row.from_seq) !== to + 1 || Number(row.to_seq) - start >= rowsAtOnce) break;
    to = Number(row.to_seq);
  }
  return { from: start, to };
}
