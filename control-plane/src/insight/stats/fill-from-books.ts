import { bucketValueMs, type StatsCell, type StatsDimension } from '@aicarpool/shared-protocol';
import { type HourlyTotal, mostHourlyTotals } from '../../fleet/index.ts';
import type { Ctx } from '../../kernel/index.ts';
import type { SettledBooks } from '../ports.ts';
import type { Gathered, StatsFilter } from './ask-fleet.ts';
import { mergeAnswers } from './merge-answers.ts';
import { answeredInFull } from './time-series.ts';

const hourMs = 3_600_000;

/**
 * What nodes did not say, out of the settled books: they know every row that was settled, also of nodes that are away,
 * retired, or lost their files. A bucket that the nodes have more of is theirs whole. A node that is silent is no gap only
 * where nothing of it can be missing: it said goodbye with all settled, or was heard of after the range with nothing left,
 * and has no row in a bucket that stayed with the others. Buckets that do not begin on the hour stay as the nodes said.
 */
export async function fillFromBooks(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  books: SettledBooks,
  gathered: Gathered,
  wish: { readonly filter: StatsFilter; readonly by: readonly StatsDimension[] },
): Promise<Gathered> {
  const { range, asked } = gathered;
  const [fromMs, toMs] = [range.edgesMs[0] ?? range.startMs, range.edgesMs.at(-1) ?? range.endMs];
  if (range.edgesMs.some((edgeMs) => edgeMs % hourMs !== 0)) return gathered;
  const { group_ids: groupIds, user_ids: userIds, key_ids: keyIds, services } = wish.filter;
  const span = { groupIds, fromAt: new Date(fromMs), toAt: new Date(toMs) };
  const rows = await books.readHourlyTotals(ctx.db, { ...span, userIds, keyIds, services });
  if (rows.length >= mostHourlyTotals) return gathered;
  const settled = cellsOf(rows, range.edgesMs, wish.by);
  const untilMs = Math.min(toMs, ctx.clock.now().getTime());
  const silent = asked.filter((node) => !answeredInFull(node)).map(({ keeper }) => keeper.nodeId);
  const behind = new Set((await books.readBehind(ctx.db, silent, new Date(untilMs))).map(({ nodeId }) => nodeId));
  const counts = silent.length === 0 ? [] : await books.readSettledCounts(ctx.db, { ...span, nodeIds: silent });
  const kept = fullerBuckets(gathered.cells, settled);
  const missing = new Set(counts.flatMap(({ nodeId, hourAt }) => (kept.has(bucketAt(range.edgesMs, hourAt)) ? nodeId : [])));
  return {
    ...gathered,
    cells: fuller(gathered.cells, settled, kept),
    covered: new Set(silent.filter((nodeId) => !behind.has(nodeId) && !missing.has(nodeId))),
  };
}

/** Bucket by bucket the one side or the other; `kept`: buckets of the first. */
function fuller(said: readonly StatsCell[], settled: readonly StatsCell[], kept: ReadonlySet<number>): StatsCell[] {
  const cells = [...said.filter(({ bucket = 0 }) => kept.has(bucket)), ...settled.filter(({ bucket = 0 }) => !kept.has(bucket))];
  return mergeAnswers([{ cells }]);
}

/** Buckets of which the first side has at least as many rows. */
function fullerBuckets(said: readonly StatsCell[], settled: readonly StatsCell[]): ReadonlySet<number> {
  const [saidRows, settledRows] = [rowsIn(said), rowsIn(settled)];
  return new Set([...saidRows].flatMap(([bucket, rows]) => (rows >= (settledRows.get(bucket) ?? 0) ? bucket : [])));
}

function rowsIn(cells: readonly StatsCell[]): ReadonlyMap<number, number> {
  const rows = new Map<number, number>();
  for (const { bucket = 0, attempts } of cells) rows.set(bucket, (rows.get(bucket) ?? 0) + attempts);
  return rows;
}

function bucketAt(edgesMs: readonly number[], hourAt: Date): number {
  return edgesMs.findLastIndex((edgeMs) => edgeMs <= hourAt.getTime());
}

function cellsOf(rows: readonly HourlyTotal[], edgesMs: readonly number[], by: readonly StatsDimension[]): StatsCell[] {
  const cells = rows.flatMap((row): StatsCell[] => {
    const bucket = bucketAt(edgesMs, row.hourAt);
    if (bucket < 0 || bucket >= edgesMs.length - 1) return [];
    const names = { bucket, group: row.groupId, service: row.service, model: row.model, key: row.keyId, user: row.userId };
    const wanted = Object.fromEntries(Object.entries(names).filter(([name]) => by.includes(name as StatsDimension)));
    return [{ ...wanted, ...sumsOf(row) }];
  });
  return mergeAnswers([{ cells }]);
}

function sumsOf(row: HourlyTotal): Omit<StatsCell, StatsDimension> {
  const [first] = row.durations;
  const last = row.durations.at(-1);
  return {
    requests: row.requests,
    attempts: row.attempts,
    successes: row.successes,
    timeout_errors: row.timeoutErrors,
    rate_limit_errors: row.rateLimitErrors,
    auth_errors: row.authErrors,
    other_errors: row.otherErrors,
    cancelled: row.cancelled,
    input: row.input,
    cache_read: row.cacheRead,
    cache_write: row.cacheWrite,
    output: row.output,
    thinking: row.thinking,
    cost_nano_usd: row.costNanoUsd,
    estimated: row.estimated,
    lost: row.lost,
    unpriced: row.unpriced,
    duration_sum_ms: row.durationSumMs,
    max_ms: last ? Math.round(bucketValueMs(last[0])) : 0,
    min_ms: first ? Math.round(bucketValueMs(first[0])) : null,
    durations: row.durations,
    last_at: row.hourAt.toISOString(),
  };
}
