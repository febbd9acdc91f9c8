import { bucketOf, mergeHistograms, type StatsCell, type StatsQuestion } from '@aicarpool/shared-protocol';
import type { FinalRow } from '../ledger.ts';
import { outcomeOf } from '../write/outcome.ts';

/** The cells of an answer as their definition says, one row after the other; what the books must agree with. */
export function naiveCells(rows: readonly FinalRow[], question: Pick<StatsQuestion, 'edges' | 'by' | 'filter'>): StatsCell[] {
  const edges = question.edges.map((edge) => Date.parse(edge));
  const cells = new Map<string, StatsCell>();
  for (const row of rows) {
    const bucket = edges.findLastIndex((edge) => edge <= row.endedAtMs);
    if (bucket < 0 || bucket >= edges.length - 1 || !passes(row, question.filter)) continue;
    const all = { bucket, group: row.groupId, service: row.service, model: row.model, key: row.keyId, user: row.userId };
    const named = Object.fromEntries(question.by.map((name) => [name, all[name]]));
    const name = JSON.stringify(named);
    cells.set(name, withRow(cells.get(name) ?? { ...named, ...emptyCell }, row));
  }
  return sortedCells([...cells.values()]);
}

export function sortedCells(cells: readonly StatsCell[]): StatsCell[] {
  const nameOf = ({ bucket, group, service, model, key, user }: StatsCell) =>
    JSON.stringify([bucket, group, service, model, key, user]);
  return [...cells].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function passes(row: FinalRow, filter: StatsQuestion['filter']): boolean {
  const has = (list: readonly string[] | null, value: string) => list === null || list.includes(value);
  return (
    has(filter.group_ids, row.groupId) &&
    has(filter.key_ids, row.keyId) &&
    has(filter.user_ids, row.userId) &&
    has(filter.services, row.service)
  );
}

const emptyCell = {
  requests: 0,
  attempts: 0,
  successes: 0,
  timeout_errors: 0,
  rate_limit_errors: 0,
  auth_errors: 0,
  other_errors: 0,
  cancelled: 0,
  input: 0,
  cache_read: 0,
  cache_write: 0,
  output: 0,
  thinking: 0,
  cost_nano_usd: 0,
  estimated: 0,
  lost: 0,
  unpriced: 0,
  duration_sum_ms: 0,
  max_ms: 0,
  min_ms: null,
  durations: [],
  last_at: null,
} satisfies StatsCell;

function withRow(cell: StatsCell, row: FinalRow): StatsCell {
  const one = Number(row.final);
  const ended = (outcome: string) => (row.final && outcomeOf(row) === outcome ? 1 : 0);
  const timed = row.final && row.status !== 'lost';
  const ms = row.durationMs;
  const { usage } = row;
  const last = new Date(row.endedAtMs).toISOString();
  return {
    ...cell,
    requests: cell.requests + one,
    attempts: cell.attempts + 1,
    successes: cell.successes + ended('success'),
    timeout_errors: cell.timeout_errors + ended('timeout'),
    rate_limit_errors: cell.rate_limit_errors + ended('rate_limit'),
    auth_errors: cell.auth_errors + ended('auth'),
    other_errors: cell.other_errors + ended('other'),
    cancelled: cell.cancelled + ended('cancelled'),
    input: cell.input + usage.input,
    cache_read: cell.cache_read + usage.cacheRead,
    cache_write: cell.cache_write + usage.cacheWrite5m + usage.cacheWrite1h,
    output: cell.output + usage.output,
    thinking: cell.thinking + (usage.thinking ?? 0),
    cost_nano_usd: cell.cost_nano_usd + row.costNanoUsd,
    estimated: cell.estimated + Number(row.estimated),
    lost: cell.lost + (row.status === 'lost' ? one : 0),
    unpriced: cell.unpriced + (row.priced ? 0 : one),
    duration_sum_ms: cell.duration_sum_ms + (timed ? ms : 0),
    max_ms: timed ? Math.max(cell.max_ms, ms) : cell.max_ms,
    min_ms: timed ? Math.min(cell.min_ms ?? ms, ms) : cell.min_ms,
    durations: timed ? mergeHistograms([cell.durations, [[bucketOf(ms), 1]]]) : cell.durations,
    last_at: cell.last_at === null || cell.last_at < last ? last : cell.last_at,
  };
}
