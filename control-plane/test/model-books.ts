import type { StatsAnswer, StatsCell, StatsQuestion } from '@aicarpool/shared-protocol';
import { bucketOf } from '@aicarpool/shared-protocol';

/** One client request, as plainly as books can hold it. */
export interface BookRow {
  readonly endedAt: string;
  readonly group: string;
  readonly service: string;
  readonly model: string;
  readonly key: string;
  readonly user: string;
  readonly attempts: number;
  readonly outcome: 'success' | 'timeout' | 'rate_limit' | 'auth' | 'other' | 'cancelled';
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly thinking: number;
  readonly costNanoUsd: number;
  readonly estimated: boolean;
  readonly lost: boolean;
  readonly priced: boolean;
  readonly durationMs: number;
}

/** A list of rows that answers questions by going through all of them: slow, and easy to believe. */
export function askModelBooks(
  rows: readonly BookRow[],
  question: Pick<StatsQuestion, 'question_id' | 'edges' | 'filter' | 'by'>,
): StatsAnswer {
  const { edges, filter, by } = question;
  const allowed = (list: readonly string[] | null, value: string) => list === null || list.includes(value);
  const groups = new Map<string, { name: Partial<StatsCell>; rows: BookRow[] }>();
  let counted = 0;
  for (const row of rows) {
    const at = Date.parse(row.endedAt);
    const bucket = edges.slice(1).findIndex((edge, i) => Date.parse(edges[i] ?? '') <= at && at < Date.parse(edge));
    if (bucket < 0) continue;
    if (!allowed(filter.group_ids, row.group) || !allowed(filter.key_ids, row.key)) continue;
    if (!allowed(filter.user_ids, row.user) || !allowed(filter.services, row.service)) continue;
    counted += 1;
    const all = { bucket, group: row.group, service: row.service, model: row.model, key: row.key, user: row.user };
    const name = Object.fromEntries(by.map((dimension) => [dimension, all[dimension]]));
    const key = JSON.stringify(name);
    const entry: { name: Partial<StatsCell>; rows: BookRow[] } = groups.get(key) ?? { name, rows: [] };
    groups.set(key, entry);
    entry.rows.push(row);
  }
  return {
    session_no: 1,
    question_id: question.question_id,
    outcome: 'complete',
    covered_from: rows.map((row) => row.endedAt).sort()[0] ?? null,
    approximate: false,
    rows: counted,
    last_seq: rows.length,
    cells: [...groups.values()].map((entry) => ({ ...entry.name, ...cellOf(entry.rows) })),
  };
}

function cellOf(rows: readonly BookRow[]) {
  const sum = (of: (row: BookRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const ended = (outcome: BookRow['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  const durations = rows.map((row) => row.durationMs);
  const buckets = durations.map(bucketOf).sort((a, b) => a - b);
  return {
    requests: rows.length,
    attempts: sum((row) => row.attempts),
    successes: ended('success'),
    timeout_errors: ended('timeout'),
    rate_limit_errors: ended('rate_limit'),
    auth_errors: ended('auth'),
    other_errors: ended('other'),
    cancelled: ended('cancelled'),
    input: sum((row) => row.input),
    cache_read: sum((row) => row.cacheRead),
    cache_write: sum((row) => row.cacheWrite),
    output: sum((row) => row.output),
    thinking: sum((row) => row.thinking),
    cost_nano_usd: sum((row) => row.costNanoUsd),
    estimated: sum((row) => Number(row.estimated)),
    lost: sum((row) => Number(row.lost)),
    unpriced: sum((row) => Number(!row.priced)),
    duration_sum_ms: sum((row) => row.durationMs),
    max_ms: Math.max(...durations),
    min_ms: Math.min(...durations),
    last_at:
      rows
        .map((row) => row.endedAt)
        .sort()
        .at(-1) ?? null,
    durations: [...new Set(buckets)].map((bucket): [number, number] => [bucket, buckets.filter((b) => b === bucket).length]),
  };
}

/** A plain success; override what the test is about. */
export function newBookRow(over: Partial<BookRow> = {}): BookRow {
  return {
    endedAt: '2026-11-21T01:00:00.000Z',
    group: 'grp_one',
    service: 'claude',
    model: 'claude-sonnet-4-5',
    key: 'key_one',
    user: 'usr_one',
    attempts: 1,
    outcome: 'success',
    input: 10,
    cacheRead: 0,
    cacheWrite: 0,
    output: 5,
    thinking: 0,
    costNanoUsd: 105_000,
    estimated: false,
    lost: false,
    priced: true,
    durationMs: 200,
    ...over,
  };
}
