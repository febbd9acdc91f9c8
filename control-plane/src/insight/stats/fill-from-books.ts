import { bucketValueMs, type StatsCell, type StatsDimension } from '@aicarpool/shared-protocol';
import type { HourlyTotal } from '../../fleet/index.ts';
import type { Ctx } from '../../kernel/index.ts';
import type { SettledBooks } from '../ports.ts';
import type { Gathered, StatsFilter } from './ask-fleet.ts';
import { mergeAnswers } from './merge-answers.ts';
import { answeredInFull } from './time-series.ts';

const hourMs = 3_600_000;
const mostTotals = 100_000;

/**
 * What nodes did not say, out of the settled books: they know every row that was settled, also of nodes that are away,
 * retired, or lost their files. A bucket that they have more of is theirs whole; a node that is silent is no gap
 * only where nothing can be missing: it said goodbye with all settled, or was heard of after the range with nothing left. Buckets that do not begin on the hour stay as the nodes said.
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
  const rows = await books.readHourlyTotals(ctx.db, {
    groupIds: wish.filter.group_ids,
    fromAt: new Date(fromMs),
    toAt: new Date(toMs),
  });
  if (rows.length >= mostTotals) return gathered;
  const settled = cellsOf(
    rows.filter((row) => fits(row, wish.filter)),
    range.edgesMs,
    wish.by,
  );
  const untilMs = Math.min(toMs, ctx.clock.now().getTime());
  const silent = asked.filter((node) => !answeredInFull(node)).map(({ keeper }) => keeper.nodeId);
  const behind = new Set((await books.readBehind(ctx.db, silent, new Date(untilMs))).map(({ nodeId }) => nodeId));
  return {
    ...gathered,
    cells: fuller(gathered.cells, settled),
    covered: new Set(silent.filter((nodeId) => !behind.has(nodeId))),
  };
}

/** Bucket by bucket whichever side has more rows. Pure. */
export function fuller(said: readonly StatsCell[], settled: readonly StatsCell[]): StatsCell[] {
  const rowsIn = (cells: readonly StatsCell[]) => {
    const rows = new Map<number, number>();
    for (const { bucket = 0, attempts } of cells) rows.set(bucket, (rows.get(bucket) ?? 0) + attempts);
    return rows;
  };
  const [saidRows, settledRows] = [rowsIn(said), rowsIn(settled)];
  const isFuller = (bucket: number) => (settledRows.get(bucket) ?? 0) > (saidRows.get(bucket) ?? 0);
  const cells = [...said.filter(({ bucket = 0 }) => !isFuller(bucket)), ...settled.filter(({ bucket = 0 }) => isFuller(bucket))];
  return mergeAnswers([{ cells }]);
}

function fits(row: HourlyTotal, { group_ids, key_ids, user_ids, services }: StatsFilter): boolean {
  const has = (list: readonly string[] | null, value: string) => list === null || list.includes(value);
  return has(group_ids, row.groupId) && has(key_ids, row.keyId) && has(user_ids, row.userId) && has(services, row.service);
}

function cellsOf(rows: readonly HourlyTotal[], edgesMs: readonly number[], by: readonly StatsDimension[]): StatsCell[] {
  const cells = rows.flatMap((row): StatsCell[] => {
    const bucket = edgesMs.findLastIndex((edgeMs) => edgeMs <= row.hourAt.getTime());
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
