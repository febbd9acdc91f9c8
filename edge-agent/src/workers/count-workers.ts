import { availableParallelism, totalmem } from 'node:os';

/** What a worker needs at its best: heap, buffers, the cache of its books. */
const bytesEach = 512 * 1024 * 1024;
const workersAtMost = 8;

interface Machine {
  readonly processors: number;
  readonly memoryBytes: number;
}

/** How many processes are to serve. `auto`: one for every processor but one, as far as memory goes. */
export function countWorkers(asked: number | 'auto' | undefined, machine: Machine = thisMachine()): number {
  if (asked !== 'auto') return asked ?? 1;
  return Math.max(1, Math.min(workersAtMost, machine.processors - 1, Math.floor(machine.memoryBytes / bytesEach)));
}

function thisMachine(): Machine {
  const constrained = process.constrainedMemory();
  const memoryBytes = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  return { processors: availableParallelism(), memoryBytes };
}
