import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface SpawnedWorker {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly pipe: Socket;
}

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
/** Beside stdin, stdout, stderr and the channel that carries sockets. */
const lineFd = 4;
/** Workers fill the cores by themselves: threads that help one of them to collect its garbage take time from the others. */
const ownFlags = ['--no-parallel-scavenge'];

/** Undefined: the system gives no process now, and `onFailure` hears why. */
export function spawnWorker(onFailure: (error: unknown) => void): SpawnedWorker | undefined {
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
  try {
    const child = spawn(process.execPath, [...flags, ...ownFlags, main, 'worker'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    const { pid } = child;
    // Such a child never exits, and to kill it would kill the group of this process.
    if (pid === undefined) child.once('error', onFailure);
    // The fifth of `stdio` is a pipe both ways.
    return pid === undefined ? undefined : { child, pid, pipe: child.stdio[lineFd] as unknown as Socket };
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}
