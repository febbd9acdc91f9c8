import type { StatsDimension, StatsQuestion } from '@aicarpool/shared-protocol';
import type { Db } from '../store/open-database.ts';
import { sumsOverRows, sumsOverSums } from '../store/sums.ts';
import type { Span } from './plan-reads.ts';

type Parts = unknown[][];

/** Rows so few that one statement is done within some 50 ms. */
export const pageRows = 20_000;

const columns = { group: 'group_id', service: 'service', model: 'model', key: 'key_id', user: 'user_id' } as const;

/** The statements that answer one question; each gives rows of dimensions, then sums. `bucket_at` is a SQL function. */
export interface PartQueries {
  daily(span: Span): Parts;
  copied(span: Span): Parts;
  hourly(span: Span): Parts;
  /** Sums whose span an edge cuts: `[fromMs, toMs)` of days and hours, each counted where its middle lies. */
  blurred(span: Span, asked: Span): Parts;
  /** Rows up to `upTo` that ended in the span. */
  rows(span: Span, upTo: number): Parts;
  /** Rows behind `after` up to `upTo`, of those that ended in the span. */
  tail(after: number, upTo: number, span: Span): Parts;
  /** Where to end the next page of `rows`: at most `toMs`. */
  pageEnd(span: Span): number;
}

export function preparePartQueries(db: Db, filter: StatsQuestion['filter'], by: readonly StatsDimension[]): PartQueries {
  const { sql: where, values } = filterSql(filter);
  const query = (table: string, sums: string, time: string, range: string) => {
    const dimensions = by.map((name) => (name === 'bucket' ? `bucket_at(${time})` : columns[name]));
    const grouped = dimensions.length === 0 ? '' : ` GROUP BY ${dimensions.map((_, at) => at + 1).join(', ')}`;
    const statement = db
      .prepare<(number | string)[], unknown[]>(
        `SELECT ${[...dimensions, sums].join(', ')} FROM ${table} WHERE ${range}${where}${grouped}`,
      )
      .raw();
    return (...range: number[]) => statement.all(...range, ...values);
  };
  const inRange = (column: string) => `${column} >= ? AND ${column} < ?`;
  const blurredOf = (table: string, column: string, half: number) =>
    query(
      table,
      sumsOverSums,
      `${column} + ${half}`,
      `${inRange(column)} AND ${column} + ${half} >= ? AND ${column} + ${half} < ?`,
    );
  const daily = query('edge_usage_daily', sumsOverSums, 'day_at_ms', inRange('day_at_ms'));
  const copied = query('edge_usage_day_copies', sumsOverSums, 'day_at_ms', inRange('day_at_ms'));
  const hourly = query('edge_usage_hourly', sumsOverSums, 'hour_at_ms', inRange('hour_at_ms'));
  const blurredDays = blurredOf('edge_usage_daily', 'day_at_ms', 43_200_000);
  const blurredHours = blurredOf('edge_usage_hourly', 'hour_at_ms', 1_800_000);
  const rows = query('edge_usage_rows', sumsOverRows, 'ended_at_ms', `${inRange('ended_at_ms')} AND +seq <= ?`);
  const tail = query('edge_usage_rows', sumsOverRows, 'ended_at_ms', `seq > ? AND seq <= ? AND ${inRange('+ended_at_ms')}`);
  const pageEnd = db
    .prepare<[number, number], number>(
      `SELECT ended_at_ms FROM edge_usage_rows WHERE ${inRange('ended_at_ms')} ORDER BY ended_at_ms LIMIT 1 OFFSET ${pageRows}`,
    )
    .pluck();
  return {
    daily: ({ fromMs, toMs }) => daily(fromMs, toMs),
    copied: ({ fromMs, toMs }) => copied(fromMs, toMs),
    hourly: ({ fromMs, toMs }) => hourly(fromMs, toMs),
    blurred: ({ fromMs, toMs }, asked) => [
      ...blurredDays(fromMs, toMs, asked.fromMs, asked.toMs),
      ...blurredHours(fromMs, toMs, asked.fromMs, asked.toMs),
    ],
    rows: ({ fromMs, toMs }, upTo) => rows(fromMs, toMs, upTo),
    tail: (after, upTo, { fromMs, toMs }) => tail(after, upTo, fromMs, toMs),
    pageEnd: ({ fromMs, toMs }) => Math.max(fromMs + 1, pageEnd.get(fromMs, toMs) ?? toMs),
  };
}

function filterSql(filter: StatsQuestion['filter']): { sql: string; values: string[] } {
  const lists = [
    ['group_id', filter.group_ids],
    ['key_id', filter.key_ids],
    ['user_id', filter.user_ids],
    ['service', filter.services],
  ] as const;
  let sql = '';
  const values: string[] = [];
  for (const [column, list] of lists) {
    if (list === null) continue;
    sql += ` AND ${column} IN (SELECT value FROM json_each(?))`;
    values.push(JSON.stringify(list));
  }
  return { sql, values };
}
