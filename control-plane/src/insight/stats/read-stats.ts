import type { StatsDimension } from '@aicarpool/shared-protocol';
import type { StatsReport } from '@aicarpool/shared-protocol/console';
import type { Ctx } from '../../kernel/index.ts';
import { answerOnce, type Kept } from '../cache/answer-once.ts';
import { lifetimeMs, tiers } from '../cache/tiers.ts';
import type { BookKeeper, InsightParts } from '../ports.ts';
import { isRecent, type StatsRange } from '../time/stats-range.ts';
import { askFleet, type Gathered, type StatsFilter } from './ask-fleet.ts';
import { buildReport, type FreshReport } from './build-report.ts';
import { fillFromBooks } from './fill-from-books.ts';

/** A question whose filter is already narrowed to what the asker may see. */
export interface StatsAsk {
  /** Whose keepers are asked; null: every node there ever was. */
  readonly groupId: string | null;
  /** Only this node, where one is named. */
  readonly nodeId?: string | undefined;
  readonly range: StatsRange;
  readonly filter: StatsFilter;
  readonly model?: string | undefined;
  readonly byGroup?: boolean;
  readonly byUser?: boolean;
  readonly byKey?: boolean;
  readonly timeoutMs?: number | undefined;
  readonly forceRefresh: boolean;
}

export interface StatsReply {
  readonly data: StatsReport;
  readonly warnings: string[];
}

/** The kept answer while it is good, else a new one from the nodes, kept as long as its tier and its gaps allow. */
export async function readStats(ctx: Ctx, parts: InsightParts, ask: StatsAsk): Promise<StatsReply> {
  const startedMs = performance.now();
  const kept = await answerOnce<FreshReport>(
    ctx,
    parts.flights,
    { name: nameOf(ask), forceRefresh: ask.forceRefresh },
    async () => {
      const body = reportOf(ctx, ask, await gather(ctx, parts, ask));
      const freshness = {
        completeness: body.query_info.data_completeness,
        requests: body.summary.total_requests,
        reachesPresent: ask.range.reachesPresent,
      };
      return { body, lifetimeMs: lifetimeMs(body.query_info.tier, freshness) };
    },
  );
  return replyOf(ctx, kept, performance.now() - startedMs);
}

/** Asks the nodes now. The cells come with every dimension that the ask needs. */
export async function gather(ctx: Ctx, parts: InsightParts, ask: StatsAsk): Promise<Gathered> {
  const keepers = (await parts.fleet.bookKeepers(ctx, ask.groupId)).filter((keeper) => isMeant(keeper, ask));
  const by: StatsDimension[] = ['bucket', 'service', 'model'];
  if (ask.byGroup) by.push('group');
  if (ask.byUser || ask.byKey) by.push('user');
  if (ask.byKey) by.push('key');
  const said = await askFleet(ctx, parts.fleet, keepers, {
    range: ask.range,
    filter: ask.filter,
    by,
    timeoutMs: timeoutOf(ctx, ask),
  });
  // The books are not kept by node: of one node only it can say.
  const books = ask.nodeId === undefined ? parts.settled : undefined;
  const gathered = books ? await fillFromBooks(ctx, books, said, { filter: ask.filter, by }) : said;
  // Nodes filter by everything but the model; that one is left to us.
  if (ask.model === undefined) return gathered;
  return { ...gathered, cells: gathered.cells.filter((cell) => cell.model === ask.model) };
}

export function reportOf(ctx: Ctx, ask: StatsAsk, gathered: Gathered): FreshReport {
  return buildReport(gathered, {
    tier: tierOf(ctx, ask),
    timeoutMs: timeoutOf(ctx, ask),
    byGroup: ask.byGroup ?? false,
    byUser: ask.byUser ?? false,
    byKey: ask.byKey ?? false,
  });
}

/** The report as it goes out, with what is only known now: whether it was kept, and how old it is. */
export function replyOf(ctx: Ctx, { body, cached, askedAt, expiresAt }: Kept<FreshReport>, tookMs: number): StatsReply {
  const query_info: StatsReport['query_info'] = {
    ...body.query_info,
    cached,
    cache_age_seconds: cached ? Math.max(0, Math.floor((ctx.clock.now().getTime() - askedAt.getTime()) / 1000)) : 0,
    query_time_ms: Math.round(tookMs),
    cache_expires_at: expiresAt.toISOString(),
    source: cached ? 'cache' : 'live',
  };
  return { data: { ...body, query_info }, warnings: body.warning_codes.map((warning) => warning.message) };
}

function isMeant(keeper: BookKeeper, ask: StatsAsk): boolean {
  return ask.nodeId === undefined || keeper.nodeId === ask.nodeId;
}

function tierOf(ctx: Ctx, ask: StatsAsk): 'realtime' | 'history' {
  return isRecent(ask.range, ctx.clock.now().getTime()) ? 'realtime' : 'history';
}

function timeoutOf(ctx: Ctx, ask: StatsAsk): number {
  return ask.timeoutMs ?? tiers[tierOf(ctx, ask)].timeoutMs;
}

/** Everything that makes the answer another one. The timeout does not: a gap shortens the keeping instead. */
function nameOf(ask: StatsAsk) {
  return {
    group: ask.groupId,
    node: ask.nodeId ?? null,
    range: ask.range.name,
    filter: ask.filter,
    model: ask.model ?? null,
    by: [ask.byGroup ?? false, ask.byUser ?? false, ask.byKey ?? false],
  };
}
