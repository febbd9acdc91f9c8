import { readFileSync } from 'node:fs';
import { defaultLimits, type Limits } from '../../proxy/intake/limits.ts';

/** Books, config, logs and what Node itself keeps open. */
const reservedFiles = 256;

/** How many files and sockets this process may open; Node has raised that as far as it may. Undefined: not told here. */
export function findOpenFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** So many callers that each finds a socket to its provider as well: the rest gets a 503 and never a broken line. */
export function limitsWithin(openFiles: number): Pick<Limits, 'connections' | 'concurrentRequests'> {
  const sockets = Math.max(20, openFiles - reservedFiles);
  return {
    connections: Math.min(defaultLimits.connections, Math.floor(sockets * 0.6)),
    concurrentRequests: Math.min(defaultLimits.concurrentRequests, Math.floor(sockets * 0.35)),
  };
}
