import { cellTokens, nanoUsdToUsd, type StatsCell } from '@aicarpool/shared-protocol';
import type { TimePoint } from '@aicarpool/shared-protocol/console';
import type { AskedNode, Gathered } from './ask-fleet.ts';
import { type StatsSums, sumAll, sumBy } from './sum-cells.ts';

/** One point for each bucket, empty ones too, with how many nodes could have said something and how many did. */
export function timeSeriesOf(gathered: Pick<Gathered, 'range' | 'asked' | 'cells' | 'covered'>): TimePoint[] {
  const { range, asked, cells } = gathered;
  const cellsByBucket = Map.groupBy(cells, (cell: StatsCell) => cell.bucket ?? 0);
  return range.edgesMs.slice(0, -1).map((startMs, bucket) => {
    const endMs = range.edgesMs[bucket + 1] ?? range.endMs;
    const inBucket = cellsByBucket.get(bucket) ?? [];
    const there = asked.filter(({ keeper }) => existed(keeper, startMs, endMs));
    const services = [...sumBy(inBucket, (cell) => cell.service ?? '')].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      timestamp: new Date(startMs).toISOString(),
      until: new Date(endMs).toISOString(),
      ...small(sumAll(inBucket)),
      expected: there.length,
      reported: there.filter((node) => isKnown(node, gathered)).length,
      by_service: Object.fromEntries(services.map(([service, sums]) => [service, small(sums)])),
    };
  });
}

/** Did this node say all that it knows? */
export function answeredInFull({ reply }: AskedNode): boolean {
  return reply.answer?.outcome === 'complete';
}

/** Is all that this node has in the figures, from itself or from the settled books? */
export function isKnown(node: AskedNode, { covered }: Pick<Gathered, 'covered'>): boolean {
  return answeredInFull(node) || covered?.has(node.keeper.nodeId) === true;
}

function existed(keeper: AskedNode['keeper'], startMs: number, endMs: number): boolean {
  return keeper.sinceAt.getTime() < endMs && (keeper.untilAt === null || keeper.untilAt.getTime() > startMs);
}

function small(sums: StatsSums): Pick<TimePoint, 'requests' | 'tokens' | 'cost'> {
  return { requests: sums.requests, tokens: cellTokens(sums), cost: nanoUsdToUsd(sums.cost_nano_usd) };
}
