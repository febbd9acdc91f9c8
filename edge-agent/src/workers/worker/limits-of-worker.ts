import { findOpenFilesLimit, limitsWithin } from '../../commands/process/open-files.ts';
import { defaultLimits, type Limits } from '../../proxy/intake/limits.ts';

/** Less than a node of one process gives its streams: behind the workers the primary settles and closes, within 45 s in all. */
const shutdownMs = 25_000;

/**
 * What one of several workers may hold. Files are counted by process, so each worker takes as many callers as its own
 * allow; memory is one for all, and is divided.
 */
export function limitsOfWorker(workers: number): Partial<Limits> {
  const openFiles = findOpenFilesLimit();
  const bufferedBytes = Math.max(2 * defaultLimits.bodyBytes, Math.floor(defaultLimits.bufferedBytes / workers));
  const drains = Math.ceil(defaultLimits.drains / workers);
  return { ...(openFiles === undefined ? {} : limitsWithin(openFiles)), bufferedBytes, drains, shutdownMs };
}

/**
 * The part of one worker of what a proxy may carry: together no more than that, and one each at least, for a worker
 * without any could serve nobody who has to leave that way.
 */
export function partOfWorker(slot: number, workers: number): (connections: number) => number {
  return (connections) => Math.max(1, Math.floor(connections / workers) + (slot <= connections % workers ? 1 : 0));
}
