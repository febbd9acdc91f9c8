import { averageMs, cellTokens, type NanoUsd, quantile, type StatsCell } from '@aicarpool/shared-protocol';
import type { Gathered } from '../stats/ask-fleet.ts';
import type { FreshReport } from '../stats/build-report.ts';
import { errorCountOf } from '../stats/figures.ts';
import { type StatsSums, sumAll, sumBy } from '../stats/sum-cells.ts';
import { type CsvValue, csvText } from './csv-text.ts';

export interface CsvWish {
  readonly byModel: boolean;
  readonly byUser: boolean;
  readonly byKey: boolean;
}

type NameColumn = 'service' | 'model' | 'user' | 'key';

const titles: Record<NameColumn, string> = { service: 'service_name', model: 'model', user: 'user_id', key: 'key_id' };

/**
 * A table for spreadsheets: UTF-8 with a byte order mark, lines ending in CR LF, one line for each bucket and name,
 * one with zeros for a bucket without requests. The last columns say how far the figures of a line can be trusted.
 */
export function writeCsv(gathered: Pick<Gathered, 'cells'>, report: FreshReport, wish: CsvWish): string {
  const names = namesOf(wish);
  const lines: CsvValue[][] = [headOf(names)];
  const cellsByBucket = Map.groupBy(gathered.cells, (cell: StatsCell) => cell.bucket ?? 0);
  report.time_series.forEach((point, bucket) => {
    const time = [point.timestamp, point.until];
    const quality = [point.expected, point.reported, report.query_info.data_completeness, report.query_info.as_of];
    const rows = [...sumBy(cellsByBucket.get(bucket) ?? [], (cell) => JSON.stringify(names.map((name) => cell[name] ?? '')))];
    if (rows.length === 0) rows.push([JSON.stringify(names.map(() => '')), sumAll([])]);
    for (const [name, sums] of rows.sort(([a], [b]) => (a < b ? -1 : 1))) {
      lines.push([...time, ...namesFrom(name), ...figuresOf(sums), ...quality]);
    }
  });
  return csvText(lines);
}

function namesOf(wish: CsvWish): NameColumn[] {
  const names: NameColumn[] = ['service'];
  if (wish.byModel) names.push('model');
  if (wish.byUser || wish.byKey) names.push('user');
  if (wish.byKey) names.push('key');
  return names;
}

function headOf(names: readonly NameColumn[]): string[] {
  const time = ['bucket_start_utc', 'bucket_end_utc'];
  const figures =
    'requests,success_count,error_count,cancelled,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,thinking_tokens,' +
    'total_tokens,cost_usd,avg_response_time_ms,p95_response_time_ms,estimated_requests,lost_requests,unpriced_requests';
  const quality = ['nodes_expected', 'nodes_reported', 'data_completeness', 'as_of_utc'];
  return [...time, ...names.map((name) => titles[name]), ...figures.split(','), ...quality];
}

function figuresOf(sums: StatsSums): CsvValue[] {
  const p95 = quantile(sums.durations, 0.95);
  return [
    sums.requests,
    sums.successes,
    errorCountOf(sums),
    sums.cancelled,
    sums.input,
    sums.cache_read,
    sums.cache_write,
    sums.output,
    sums.thinking,
    cellTokens(sums),
    exactUsd(sums.cost_nano_usd),
    averageMs(sums.duration_sum_ms, sums.requests),
    p95 === null ? null : Math.round(p95),
    sums.estimated,
    sums.lost,
    sums.unpriced,
  ];
}

/** All nine digits, never in powers of ten. */
function exactUsd(amount: NanoUsd): string {
  return `${Math.floor(amount / 1e9)}.${String(amount % 1e9).padStart(9, '0')}`;
}

function namesFrom(name: string): string[] {
  return JSON.parse(name) as string[];
}
