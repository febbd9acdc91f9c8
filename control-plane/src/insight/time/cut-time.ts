import { startOfDayMs, wallTimeAt } from './wall-clock.ts';

export type Granularity = 'hour' | 'day' | 'month';

/** The first boundary of hours, days or months on the wall clock of `zone` that lies after an instant. */
export function nextBoundaryMs(zone: string, granularity: Granularity, atMs: number): number {
  const wall = wallTimeAt(zone, atMs);
  if (granularity === 'hour') {
    const intoHourMs = (wall.minute * 60 + wall.second) * 1000 + (((atMs % 1000) + 1000) % 1000);
    return atMs - intoHourMs + 3_600_000;
  }
  for (let ahead = 1; ; ahead += 1) {
    const boundaryMs =
      granularity === 'day'
        ? startOfDayMs(zone, wall.year, wall.month, wall.day + ahead)
        : startOfDayMs(zone, wall.year, wall.month + ahead, 1);
    // A day that a zone left out begins where the next one does.
    if (boundaryMs > atMs) return boundaryMs;
  }
}

/**
 * Cuts [start, end) at the hours, days or months of `zone`: n+1 rising instants for n buckets without gap or
 * overlap; the first and the last may be cut short. Undefined when that takes more than `maxBuckets`.
 */
export function cutTime(
  zone: string,
  granularity: Granularity,
  startMs: number,
  endMs: number,
  maxBuckets: number,
): number[] | undefined {
  const edges = [startMs];
  for (let atMs = startMs; atMs < endMs; ) {
    if (edges.length > maxBuckets) return undefined;
    atMs = Math.min(endMs, nextBoundaryMs(zone, granularity, atMs));
    edges.push(atMs);
  }
  return edges;
}
